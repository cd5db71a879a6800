"""Self-tests of catalogs: what they find, and over HTTP."""
