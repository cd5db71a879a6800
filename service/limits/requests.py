"""Parameters of limits' routes."""

from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from mobile_contract.limits import CURSOR_CHARACTERS, SUBJECT_PATTERN

PAGE_DEFAULT = 100
PAGE_MAX = 500

Subject = Annotated[
    str,
    PathParameter(
        pattern=SUBJECT_PATTERN, description="Whose: `device:` or `key:` and its id, or `local` for this machine"
    ),
]
After = Annotated[
    str | None,
    QueryParameter(
        name="after",
        min_length=1,
        max_length=CURSOR_CHARACTERS,
        description="The page after this cursor, which is the ``next`` of the page before; left out for the first",
    ),
]
Most = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX, description="Of a page, at most")]
