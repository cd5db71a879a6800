"""Fetching what a client names by an address, without being used to reach what the client cannot."""
