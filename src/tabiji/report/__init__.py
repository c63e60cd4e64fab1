"""Floor of tabiji: report."""
