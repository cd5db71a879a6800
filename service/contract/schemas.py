"""What changed between two JSON schemas, seen by a client that sends such values, or gets them."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
TOLD = ("pattern", "format", "multipleOf", "uniqueItems")
CHOICES = ("oneOf", "anyOf")


class Side(Enum):
    """Who makes the value: the client, for whom nothing may become narrower, or the service, for which nothing may
    become wider.
    """

    SENT = "in requests"
    GOT = "in answers"


class Place(NamedTuple):
    """Part of an operation, and a field in it by its path: ``lookUp 200``, ``candidates[].score``."""

    part: str
    path: str = ""

    def __str__(self) -> str:
        """Both."""
        return f"{self.part} {self.path}".strip()

    def beside(self, what: str) -> "Place":
        """A part of the part."""
        return Place(f"{self.part} {what}")

    def field(self, name: str) -> "Place":
        """A field of it."""
        return Place(self.part, f"{self.path}.{name}" if self.path else name)

    def within(self, what: str) -> "Place":
        """What it holds: ``[]`` or ``{}``."""
        return Place(self.part, self.path + what)


class Change(NamedTuple):
    """One difference."""

    breaking: bool
    place: Place
    what: str

    def __str__(self) -> str:
        """A line to read."""
        return f"{'BREAKS' if self.breaking else 'adds  '}  {self.place}: {self.what}"


def breaks(place: Place, what: str) -> Change:
    """A difference that clients notice."""
    return Change(breaking=True, place=place, what=what)


def adds(place: Place, what: str) -> Change:
    """One that they do not."""
    return Change(breaking=False, place=place, what=what)


def judged(breaking: bool, place: Place, what: str) -> Change:  # noqa: FBT001 (reads as "judged breaking")
    """One of both."""
    return Change(breaking=breaking, place=place, what=what)


class SchemaComparison:
    """Compares schemas of two documents, through references; each pair once for each side."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """The documents, whose ``components`` hold what is referred to."""
        self._old, self._new = old, new
        self._open: set[tuple[str, str, Side]] = set()

    def compare(self, place: Place, old: Any, new: Any, side: Side) -> Iterator[Change]:
        """``place``: what the changes are told to be of. Schemas may be absent, or true."""
        pair = (_ref(old), _ref(new), side)
        if (pair[0] or pair[1]) and pair in self._open:
            return
        if pair[0] and pair[0] == pair[1]:  # told of the named schema, once, wherever it is
            place = Place(f"{pair[0].rpartition('/')[2]} {side.value}")
        before, after = _resolved(self._old, old), _resolved(self._new, new)
        self._open.add(pair)
        yield from self._kinds(place, before, after, side)
        yield from _enums(place, before, after)
        yield from _limits(place, before, after, side)
        yield from self._properties(place, before, after, side)
        yield from self._within(place, before, after, side)
        yield from self._choices(place, before, after, side)
        self._open.discard(pair)

    @staticmethod
    def _kinds(place: Place, old: Schema, new: Schema, side: Side) -> Iterator[Change]:
        before, after = _types(old), _types(new)
        if before == after:
            return
        wider, narrower = _covers(after, before), _covers(before, after)
        harmless = wider if side is Side.SENT else narrower
        yield judged(not harmless, place, f"is {_told(after)} instead of {_told(before)}")

    def _properties(self, place: Place, old: Schema, new: Schema, side: Side) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        were, are = set(old.get("required", ())), set(new.get("required", ()))
        for name in before.keys() - after.keys():
            yield breaks(place.field(name), "the field is gone")
        for name in after.keys() - before.keys():
            needed = side is Side.SENT and name in are
            yield judged(needed, place.field(name), "the field is new and required" if needed else "the field is new")
        for name in are - were - (after.keys() - before.keys()):
            yield judged(side is Side.SENT, place.field(name), "is required now")
        for name in were - are - (before.keys() - after.keys()):
            yield judged(side is Side.GOT, place.field(name), "may be left out now")
        for name in before.keys() & after.keys():
            yield from self.compare(place.field(name), before[name], after[name], side)

    def _within(self, place: Place, old: Schema, new: Schema, side: Side) -> Iterator[Change]:
        if "items" in old or "items" in new:
            yield from self.compare(place.within("[]"), old.get("items"), new.get("items"), side)
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if before is not False and after is False:
            yield judged(side is Side.SENT, place, "takes no other fields now")
        elif before is False and after is not False:
            yield adds(place, "takes other fields now")
        elif isinstance(before, dict) or isinstance(after, dict):
            yield from self.compare(place.within("{}"), before, after, side)

    def _choices(self, place: Place, old: Schema, new: Schema, side: Side) -> Iterator[Change]:
        """Of alternatives, those of one reference or form are the same; the others are new or gone."""
        for word in CHOICES:
            before, after = ({_canonical(one) for one in schema.get(word, ())} for schema in (old, new))
            if before and after:
                yield from (judged(side is Side.SENT, place, f"is never {one} now") for one in sorted(before - after))
                yield from (judged(side is Side.GOT, place, f"may be {one} now") for one in sorted(after - before))
            elif before or after:
                yield breaks(place, f"{'has no' if before else 'has'} alternatives now")
            for one in sorted(before & after):
                yield from self.compare(place, json.loads(one), json.loads(one), side)
        if [_canonical(one) for one in old.get("allOf", ())] != [_canonical(one) for one in new.get("allOf", ())]:
            yield breaks(place, "is put together in another way")


def _ref(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def _resolved(document: Mapping[str, Any], schema: Any) -> Schema:
    """Without a reference; what stands beside one counts. A choice of one is that one."""
    if not isinstance(schema, dict):
        return {}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    if reference := _ref(schema):
        found: Any = document
        for key in reference.removeprefix("#/").split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        return {**_resolved(document, found), **beside}
    for word in (*CHOICES, "allOf"):
        kinds = [one for one in schema.get(word, ()) if one != {"type": "null"}]
        if len(kinds) == 1:
            only = _resolved(document, kinds[0])
            return {**only, **{key: value for key, value in beside.items() if key != word}}
    return schema


def _types(schema: Schema) -> frozenset[str]:
    """Empty: any."""
    given = schema.get("type", ())
    return frozenset((given,) if isinstance(given, str) else given)


def _covers(wide: frozenset[str], narrow: frozenset[str]) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(one in wide or (one == "integer" and "number" in wide) for one in narrow)


def _told(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "anything"


def _enums(place: Place, old: Schema, new: Schema) -> Iterator[Change]:
    """Clients pass over values that they do not know, and are given no fewer."""
    before, after = _values(old), _values(new)
    if before is not None and after is not None:
        yield from (breaks(place, f"{value} is gone") for value in sorted(before - after))
        yield from (adds(place, f"{value} is new") for value in sorted(after - before))
    elif before is None and after is not None:
        yield breaks(place, f"is one of {', '.join(sorted(after))} only")
    elif before is not None:
        yield breaks(place, "has no list of values any more")


def _values(schema: Schema) -> set[str] | None:
    listed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return None if listed is None else {json.dumps(one) for one in listed}


def _limits(place: Place, old: Schema, new: Schema, side: Side) -> Iterator[Change]:
    for word in (*LOWER, *UPPER, *TOLD):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        narrower = before is None or (after is not None and _is_narrower(word, before, after))
        wider = after is None or (before is not None and _is_wider(word, before, after))
        harmless = (wider and not narrower) if side is Side.SENT else (narrower and not wider)
        yield judged(not harmless, place, f"{word} is {_limit(after)} instead of {_limit(before)}")
    if side is Side.SENT and "default" in old and old["default"] != new.get("default"):
        yield breaks(place, f"the default is {_limit(new.get('default'))} instead of {_limit(old['default'])}")


def _is_narrower(word: str, before: Any, after: Any) -> bool:
    if word in LOWER:
        return bool(after > before)
    return bool(after < before) if word in UPPER else word != "uniqueItems" or bool(after)


def _is_wider(word: str, before: Any, after: Any) -> bool:
    if word in LOWER:
        return bool(after < before)
    return bool(after > before) if word in UPPER else word != "uniqueItems" or not after


def _limit(value: Any) -> str:
    return "none" if value is None else json.dumps(value)


def _canonical(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)
