"""Floor of tabiji: observe."""
