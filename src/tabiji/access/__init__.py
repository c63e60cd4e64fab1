"""Floor of tabiji: access."""
