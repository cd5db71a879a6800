"""What else a photo may hold that names a product: codes printed on it."""
