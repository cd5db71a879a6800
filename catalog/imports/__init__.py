"""Imports: reading an upload, and the durable record of what became of every row."""
