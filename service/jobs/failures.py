"""Why imports, and previews of them, fail as a whole."""

from typing import Final

from catalog import errors
from mobile_contract.imports import Failure
from service.jobs.steps import DEADLY


class KillsWorkers(Exception):
    """Three workers ended while they did nothing but this."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__(DEADLY)


_CODES: Final[dict[type[Exception], Failure]] = {
    errors.ArchiveInvalid: Failure.ARCHIVE_INVALID,
    errors.TableInvalid: Failure.TABLE_INVALID,
    errors.FormatUnsupported: Failure.TABLE_INVALID,
    errors.SpaceMismatch: Failure.SPACE_MISMATCH,
    errors.RemovesTooMany: Failure.REMOVES_TOO_MANY,
    FileNotFoundError: Failure.UPLOAD_GONE,
    KillsWorkers: Failure.WORKER_KILLED,
}
AS_A_WHOLE: Final[tuple[type[Exception], ...]] = tuple(_CODES)


def told(error: Exception) -> tuple[Failure, str]:
    """The code, and the reason in words, of one of :data:`AS_A_WHOLE`."""
    reason = "the upload is gone" if isinstance(error, FileNotFoundError) else str(error)
    return next(code for kind, code in _CODES.items() if isinstance(error, kind)), reason
