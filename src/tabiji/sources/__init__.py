"""Floor of tabiji: sources."""
