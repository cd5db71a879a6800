"""A catalog as files that import back."""
