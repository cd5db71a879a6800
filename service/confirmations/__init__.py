"""Confirmations over HTTP."""
