"""Local features: what knows the very print, label, board or casting."""
