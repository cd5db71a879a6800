"""Where pictures and uploads lie."""
