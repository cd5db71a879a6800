"""What an evaluation can refuse."""


class EvaluationError(Exception):
    """What was given cannot be evaluated; the message is one sentence for the person who typed the command."""
