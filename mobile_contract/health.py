"""What an operator's probe is told."""

import msgspec


class Live(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The process answers."""

    live: bool
    version: str


class Recognizer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The model at work. ``provider`` is the one that ONNX Runtime reports to use, not the one asked for."""

    bundle: str
    identity: str
    dimension: int
    precision: str
    provider: str


class Ready(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the service can answer lookups now; 503 where it cannot. ``checks`` says "ok" or what is wrong."""

    ready: bool
    checks: dict[str, str]
    recognizer: Recognizer
