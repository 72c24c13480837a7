"""How it looks: pictures of every page (``make screens``)."""
