"""Many products created or updated at once, over HTTP."""
