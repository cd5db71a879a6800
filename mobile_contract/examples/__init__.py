"""Examples of every answer and every problem, as the service gives them.

Each ``*.json`` beside this module is one request and its answer; bodies that are files lie in ``files/``, where they
are not large. Answers are recorded from the running service (``make contract``), and the tests ask it again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

FOLDER = Path(__file__).parent
FILES = FOLDER / "files"


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a form: a file's content, or JSON."""

    name: str
    type: str
    file: str | UnsetType = UNSET
    json: Any = UNSET


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One of: JSON, a file's content as it is, or a form."""

    json: Any = UNSET
    file: str | UnsetType = UNSET
    form: list[Part] | UnsetType = UNSET


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is sent. The content type of JSON and of forms goes without saying."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: Body | UnsetType = UNSET


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request that comes before the example's.

    ``until``: it is repeated until its answer holds these values, by JSON pointer. ``gives``: what stands in the
    example for an id, and where the real one is in this step's answer: a JSON pointer, or the name of a header.
    """

    request: Request
    until: dict[str, Any] = {}
    gives: dict[str, str] = {}


class Response(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What comes back: the headers that clients may care for, and the body where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any = UNSET


class Example(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request and its answer. ``operation`` is left out where there is none at the address. ``service``: how it is
    with the service that is asked, of :mod:`tests.contract.example_services`.
    """

    about: str
    operation: str | UnsetType = UNSET
    service: str = "well"
    before: list[Step] = []
    request: Request
    response: Response | UnsetType = UNSET


def load_examples() -> Mapping[str, Example]:
    """All of them by name, which is the file's without its ending.

    Raises:
        ValueError: a file is not of the form above; the message names it.

    """
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.json"))}


def _read(path: Path) -> Example:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Example)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path.name}: {error}") from error


def write_example(name: str, example: Example) -> None:
    """Keep an example, indented by two."""
    (FOLDER / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(example), indent=2) + b"\n")
