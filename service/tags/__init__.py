"""Tags of catalogs over HTTP."""
