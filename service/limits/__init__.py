"""How much clients may ask, over HTTP."""
