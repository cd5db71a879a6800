"""Catalogs over HTTP."""
