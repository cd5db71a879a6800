"""Clients of the contract, one folder a language."""
