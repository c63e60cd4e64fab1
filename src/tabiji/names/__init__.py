"""Floor 3: what a name resolves to, from a place."""
