"""Products that look like one, over HTTP."""
