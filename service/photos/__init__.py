"""Photos of lookups."""
