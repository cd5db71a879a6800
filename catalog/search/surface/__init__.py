"""The surface channel: references that show the same print, label or casting, found by their local features."""
