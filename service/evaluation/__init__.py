"""``photocode evaluate``: how often lookups are right, asked through the code that serves them."""
