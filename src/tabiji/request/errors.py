"""What can be wrong with a question."""


class RequestError(ValueError):
    """The question cannot be understood or names nothing in the estate; the text is one line."""
