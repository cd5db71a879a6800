"""What a catalog can be narrowed by, over HTTP."""
