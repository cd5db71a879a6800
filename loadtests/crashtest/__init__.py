"""Imports under kill -9: of the worker, or of PostgreSQL."""
