"""What a self-test concludes from what it has seen of a catalog."""
