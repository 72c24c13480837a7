"""The servers that the webhook is measured beside: what they do stands in their own files."""
