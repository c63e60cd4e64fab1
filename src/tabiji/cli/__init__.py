"""Floor of tabiji: cli."""
