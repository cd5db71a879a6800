"""From photo bytes to an answer. Knows nothing of HTTP."""
