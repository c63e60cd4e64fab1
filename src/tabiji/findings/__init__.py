"""Floor 5: why a journey ended as it did, and what to change."""
