"""Reference images over HTTP."""
