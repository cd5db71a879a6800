"""What an evaluation is asked for."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. Shares in 0..1, degrees counter-clockwise."""

    folder: str | None = None
    catalog: str | None = None
    references: str | None = None
    group: str | None = None
    strangers: str | None = None
    distractors: str | None = None
    leave_out: float = 0.0
    rotate: float = 0.0
    limit_queries: int | None = None
    seed: int = 0
