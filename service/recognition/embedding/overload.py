"""The one answer of a stage that has more to do than it can do in time."""


class Overloaded(Exception):
    """Too much waits already: nothing was begun, and the caller may try again in a moment."""
