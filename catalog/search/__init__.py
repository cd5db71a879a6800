"""Finding candidates. One module per channel."""
