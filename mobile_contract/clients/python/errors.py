"""What can go wrong when a service is asked.

* PhotocodeError
  x PhotoUnusable (also a ValueError): a photo cannot be read here, or there are too many.
  x Unreachable: no answer came, after all tries.
  x AnswerError: an answer came, and it is no success.
    + Refused: the same request would be refused again.
      . Denied: 401 or 403, the token is missing or wrong.
      . NotFound: 404 or 410.
      . Conflict: 409.
    + Unavailable: transient (408, 425, 429, 5xx, or a request that is still being answered), after all tries.
  x AnswerUnreadable: a success, but not of the documented form.
  x AnswerMismatch: an answer about another photo. It is never shown to the caller.
  x ImportFailed: an import could not go on as a whole.
  x ImportTimeout (also a TimeoutError): an import has not ended in time.
"""

from mobile_contract.imports import ImportStatus
from mobile_contract.problems import Code, FieldError, Problem


class PhotocodeError(Exception):
    """Whatever this client raises."""


class PhotoUnusable(PhotocodeError, ValueError):
    """A photo cannot be read here, or there are none or too many."""


class Unreachable(PhotocodeError):
    """No answer came. The request may have reached the service: repeat it with the same ``idempotency_key``."""

    def __init__(self, detail: str, *, tries: int, idempotency_key: str | None) -> None:
        """``idempotency_key``: the one that was sent; None where the request has none."""
        super().__init__(f"{detail} (tries: {tries})")
        self.tries = tries
        self.idempotency_key = idempotency_key


class AnswerError(PhotocodeError):
    """An answer that is no success. ``problem`` is None where it is no problem document, as those of proxies."""

    def __init__(
        self,
        status: int,
        problem: Problem | None,
        *,
        request_id: str | None = None,
        tries: int = 1,
        idempotency_key: str | None = None,
    ) -> None:
        """``request_id``: of the answer's header, where there is no problem document."""
        self.status = status
        self.problem = problem
        self.request_id = problem.request_id if problem else request_id
        self.tries = tries
        self.idempotency_key = idempotency_key
        said = f"{problem.title}: {problem.detail} ({problem.code})" if problem else f"status {status}"
        fields = "".join(f"; {error.field} {error.message}" for error in self.errors)
        super().__init__(said + fields)

    @property
    def code(self) -> Code | None:
        """The problem's stable code, by which to decide; a code newer than this client is kept as it came."""
        return self.problem.code if self.problem else None

    @property
    def detail(self) -> str:
        """What a person may be told."""
        return self.problem.detail if self.problem else ""

    @property
    def errors(self) -> list[FieldError]:
        """What is wrong with which field."""
        return self.problem.errors if self.problem else []


class Refused(AnswerError):
    """The same request would be refused again."""


class Denied(Refused):
    """The token is missing or wrong."""


class NotFound(Refused):
    """There is no such thing, or no longer."""


class Conflict(Refused):
    """Something is in the way: a name or a part number that is taken, another model."""


class Unavailable(AnswerError):
    """The service could not answer, after all tries. Repeat it later with the same ``idempotency_key``."""


class AnswerUnreadable(PhotocodeError):
    """A success that is not of the documented form."""


class AnswerMismatch(PhotocodeError):
    """The answer is about another photo."""


class ImportFailed(PhotocodeError):
    """An import could not go on as a whole."""

    def __init__(self, status: ImportStatus) -> None:
        """``status``: the last one."""
        super().__init__(f"the import failed: {status.failure or 'no reason was given'}")
        self.status = status


class ImportTimeout(PhotocodeError, TimeoutError):
    """An import has not ended in time; it goes on in the service."""

    def __init__(self, status: ImportStatus) -> None:
        """``status``: the last one."""
        super().__init__(f"the import {status.id} is {status.state} still")
        self.status = status


def refusal(status: int) -> type[Refused]:
    """Which refusal a final status is."""
    kinds: dict[int, type[Refused]] = {401: Denied, 403: Denied, 404: NotFound, 410: NotFound, 409: Conflict}
    return kinds.get(status, Refused)
