"""Proofs take ``Proof`` from here; the machinery itself is a plugin, for the proofs in tests/e2e need it, too."""

from tests.proofs.plugin import Proof

__all__ = ["Proof"]
