"""What becomes of lookups when three times as many come as can be answered."""
