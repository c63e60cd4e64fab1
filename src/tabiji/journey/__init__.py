"""Floor 5: the whole journey of one request."""
