"""A client of Photocode: photos in, typed answers out.

    from mobile_contract.clients.python import Photocode

    with Photocode("http://127.0.0.1:8700") as photocode:
        answer = photocode.look_up("pumps", "photo.jpg")
        print(answer.verdict, [candidate.part_number for candidate in answer.candidates])

``AsyncPhotocode`` has the same methods to await. Answers are the structs of ``mobile_contract``; what goes wrong is a
``PhotocodeError``. It needs httpx and msgspec; with Pillow photos are shrunk, and bare of metadata, before they leave.
"""

from mobile_contract.clients.python.awaiting import AsyncPhotocode
from mobile_contract.clients.python.blocking import Photocode
from mobile_contract.clients.python.deprecation import DeprecatedRoute
from mobile_contract.clients.python.errors import (
    AnswerError,
    AnswerMismatch,
    AnswerUnreadable,
    Conflict,
    Denied,
    ImportFailed,
    ImportTimeout,
    NotFound,
    PhotocodeError,
    PhotoUnusable,
    Refused,
    Unavailable,
    Unreachable,
)
from mobile_contract.clients.python.retrying import Retries

__all__ = [
    "AnswerError",
    "AnswerMismatch",
    "AnswerUnreadable",
    "AsyncPhotocode",
    "Conflict",
    "Denied",
    "DeprecatedRoute",
    "ImportFailed",
    "ImportTimeout",
    "NotFound",
    "PhotoUnusable",
    "Photocode",
    "PhotocodeError",
    "Refused",
    "Retries",
    "Unavailable",
    "Unreachable",
]
