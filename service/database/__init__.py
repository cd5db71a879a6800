"""The embedded PostgreSQL of a fresh machine."""
