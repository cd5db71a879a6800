"""Calibrations of catalogs over HTTP."""
