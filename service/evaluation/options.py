"""What an evaluation is asked for."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. Shares in 0..1, degrees counter-clockwise. ``together``: photos of one product a lookup.
    ``typed``: with the texts of the folder.

    ``ask_again``: how often a photo is asked again while an answer lacks a stage that was late. On a busy machine
    accuracy would be of its load otherwise; times are then of the last answer.
    """

    folder: str | None = None
    catalog: str | None = None
    references: str | None = None
    group: str | None = None
    strangers: str | None = None
    distractors: str | None = None
    leave_out: float = 0.0
    rotate: float = 0.0
    together: int = 1
    typed: bool = False
    limit_queries: int | None = None
    seed: int = 0
    ask_again: int = 0
