"""What keeps the wallet from starting or going on."""


class CannotGoOn(Exception):
    """Its text is one sentence (or a few) for the person at the terminal. The launcher ends with exit status 1."""
