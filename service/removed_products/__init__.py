"""Removed products over HTTP."""
