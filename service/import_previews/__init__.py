"""Imports shown before they are made, over HTTP."""
