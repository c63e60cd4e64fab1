"""What can be wrong with what a relay is asked to do."""


class RelayError(Exception):
    """The relay cannot start, or a list cannot be read; the text is one line."""
