"""Text on the object: read off photos and references, and compared."""
