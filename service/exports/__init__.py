"""Catalogs as files over HTTP."""
