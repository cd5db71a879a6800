"""What changed between two OpenAPI documents, and which changes break clients that were written for the older one.

Within ``/v1`` the contract only grows. Clients are expected to pass over fields and enum values that they do not know;
everything else that they could rely on has to stay: operations and their ids, parameters, bodies, answers, statuses,
codes, fields, and what a value may be. Texts and examples may change freely.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from service.contract.schemas import Change, Place, SchemaComparison, Side, adds, breaks, judged

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Document = Mapping[str, Any]


class Named(NamedTuple):
    """An operation and where it is."""

    verb: str
    path: str
    item: Mapping[str, Any]
    operation: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What a reader knows it by."""
        return str(self.operation.get("operationId", f"{self.verb.upper()} {self.path}"))

    def part(self, what: str = "") -> Place:
        """A part of it; all of it, where none is named."""
        return Place(f"{self.name} {what}".strip())


def changes(old: Document, new: Document) -> list[Change]:
    """All of them, the breaking ones first."""
    return sorted(set(_Comparison(old, new).all()), key=lambda change: (not change.breaking, change.place, change.what))


def operations(document: Document) -> dict[tuple[str, str], Named]:
    """By verb and path, whatever the parameters in it are called."""
    return {
        (verb, re.sub(r"\{[^}]*\}", "{}", path)): Named(verb, path, item, item[verb])
        for path, item in document.get("paths", {}).items()
        for verb in VERBS
        if verb in item
    }


class _Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        self._schemas = SchemaComparison(old, new)

    def all(self) -> Iterator[Change]:
        before, after = operations(self._old), operations(self._new)
        for key in before.keys() - after.keys():
            yield breaks(before[key].part(), "the operation is gone")
        for key in after.keys() - before.keys():
            yield adds(after[key].part(), "is new")
        for key in before.keys() & after.keys():
            yield from self._operation(before[key], after[key])

    def _operation(self, old: Named, new: Named) -> Iterator[Change]:
        if old.name != new.name:
            yield breaks(old.part(), f"is called {new.name} now")
        yield from self._parameters(old, new)
        yield from self._body(old.part("body"), old.operation.get("requestBody"), new.operation.get("requestBody"))
        yield from self._responses(old, old.operation.get("responses", {}), new.operation.get("responses", {}))
        before, after = self._security(self._old, old), self._security(self._new, new)
        if any(not any(set(one) <= set(way) for one in after) for way in before):
            yield breaks(old.part(), "wants credentials that it did not want")

    @staticmethod
    def _security(document: Document, named: Named) -> list[Mapping[str, Any]]:
        """The ways in, each by the schemes that it needs; without any, one that needs nothing."""
        return list(named.operation.get("security", document.get("security", []))) or [{}]

    def _parameters(self, old: Named, new: Named) -> Iterator[Change]:
        before, after = _parameters(old), _parameters(new)
        for key in before.keys() - after.keys():
            yield breaks(old.part(_said(before[key])), "the parameter is gone")
        for key in after.keys() - before.keys():
            needed = bool(after[key].get("required"))
            yield judged(needed, old.part(_said(after[key])), _new(needed=needed))
        for key in before.keys() & after.keys():
            place = old.part(_said(before[key]))
            yield from _needed(place, before[key], after[key])
            yield from self._schemas.compare(place, before[key].get("schema"), after[key].get("schema"), Side.SENT)

    def _body(self, place: Place, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Change]:
        if old is None or new is None:
            if new is not None:
                yield judged(bool(new.get("required")), place, _new(needed=bool(new.get("required"))))
            elif old is not None:
                yield breaks(place, "is not taken any more")
            return
        yield from _needed(place, old, new)
        yield from self._contents(place, old, new, Side.SENT)

    def _responses(self, named: Named, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        for status in old.keys() - new.keys():
            yield breaks(named.part(status), "the status is gone")
        for status in new.keys() - old.keys():
            yield adds(named.part(status), "the status is new")
        for status in old.keys() & new.keys():
            place = named.part(status)
            yield from self._contents(place, old[status], new[status], Side.GOT)
            yield from self._headers(place, old[status].get("headers", {}), new[status].get("headers", {}))

    def _headers(self, place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
        for header in old.keys() - new.keys():
            yield breaks(place.beside(header), "the header is gone")
        for header in new.keys() - old.keys():
            yield adds(place.beside(header), "the header is new")
        for header in old.keys() & new.keys():
            before, after = old[header].get("schema"), new[header].get("schema")
            yield from self._schemas.compare(place.beside(header), before, after, Side.GOT)

    def _contents(self, place: Place, old: Mapping[str, Any], new: Mapping[str, Any], side: Side) -> Iterator[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        for kind in before.keys() - after.keys():
            yield breaks(place.beside(kind), "the content type is gone")
        for kind in after.keys() - before.keys():
            yield adds(place.beside(kind), "the content type is new")
        for kind in before.keys() & after.keys():
            yield from self._schemas.compare(place, before[kind].get("schema"), after[kind].get("schema"), side)
            yield from _codes(place, before[kind], after[kind])


def _parameters(named: Named) -> dict[tuple[str, str], Mapping[str, Any]]:
    """By place and name; those in the path by their order, because their names are ours alone."""
    order = re.findall(r"\{([^}]*)\}", named.path)
    listed = [*named.item.get("parameters", []), *named.operation.get("parameters", [])]
    return {
        (one["in"], str(order.index(one["name"])) if one["in"] == "path" else one["name"].lower()): one
        for one in listed
        if one["in"] != "path" or one["name"] in order
    }


def _codes(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """The problem codes of an answer, which its examples name."""
    before, after = ({name for name in one.get("examples", {}) if name.startswith("problem-")} for one in (old, new))
    for name in before - after:
        yield breaks(place, f"the code {name.removeprefix('problem-')} is gone")
    for name in after - before:
        yield adds(place, f"the code {name.removeprefix('problem-')} is new")


def _said(parameter: Mapping[str, Any]) -> str:
    return f"{parameter['in']} {parameter['name']}"


def _new(*, needed: bool) -> str:
    return "is new and required" if needed else "is new"


def _needed(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if new.get("required", False) and not old.get("required", False):
        yield breaks(place, "is required now")
    if old.get("required", False) and not new.get("required", False):
        yield adds(place, "may be left out now")
