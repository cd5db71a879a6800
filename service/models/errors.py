"""What can go wrong while a bundle is made."""


class ModelError(Exception):
    """A bundle cannot be made or changed as asked; the message says what to do about it."""
