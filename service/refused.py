"""What any part of the service may raise to turn a request away."""

from mobile_contract.problems import Code, FieldError


class Refused(Exception):
    """A request that a handler turns away, with the code to say so."""

    def __init__(
        self, code: Code, detail: str, fields: tuple[FieldError, ...] = (), *, retry_after: int | None = None
    ) -> None:
        """``detail`` is shown to the client. ``retry_after``: seconds, where it is not always the code's."""
        super().__init__(detail)
        self.code = code
        self.fields = fields
        self.retry_after = retry_after
