"""Floor of tabiji: request."""
