"""Self-tests of catalogs over HTTP."""
