"""ETags: answers that a client has already, and writes that must not undo what somebody else wrote meanwhile.

An ETag is strong: the hash of the very bytes of a representation. Without ``If-Match`` a write counts as wanted,
whatever is there: imports and upserts say what shall be without having looked, too.
"""

import hashlib
import re
from typing import Annotated

from litestar.params import HeaderParameter

from mobile_contract.problems import Code
from service.dependencies import Call
from service.refused import Refused

_TAG = re.compile(r'(W/)?("[^"]*")')

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="Write only if this ETag is still the resource's, or * if there is one: else 412",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", description="ETags that the client has: 304 if one is still the resource's"),
]


def etag_of(body: bytes) -> str:
    """The strong ETag of a representation."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(request: Call, etag: str) -> bool:
    """Whether the client has this representation, by ``If-None-Match``."""
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or any(tag == etag for _, tag in _TAG.findall(given))


def check_write(request: Call, current: str | None) -> None:
    """Let a write go on; ``current`` is the ETag of what it replaces, None where nothing is there.

    Raises:
        Refused: ``If-Match`` names another state, or ``If-None-Match`` this one.

    """
    wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if wanted is not None and not _is_among(wanted, current):
        found = "it has changed" if current else "it is not there"
        raise Refused(Code.PRECONDITION_FAILED, f"{found}; read it again")
    if unwanted is not None and _is_among(unwanted, current):
        raise Refused(Code.PRECONDITION_FAILED, "it is there already")


def _is_among(header: str, current: str | None) -> bool:
    if current is None:
        return False
    # Weak ones say nothing about what may be overwritten.
    return header.strip() == "*" or any(tag == current for weak, tag in _TAG.findall(header) if not weak)
