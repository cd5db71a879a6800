"""Lookups over HTTP."""
