"""Floor 0: addresses, intervals and 5-tuples.  Knows nothing of AWS."""
