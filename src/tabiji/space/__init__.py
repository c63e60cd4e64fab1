"""Floor of tabiji: space."""
