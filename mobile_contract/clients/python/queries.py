"""Addresses of catalogs and what is said behind a question mark, for flows."""

from collections.abc import Iterable, Mapping, Sequence

from mobile_contract.clients.python.exchange import segment

Conditions = Mapping[str, Sequence[str]]


def at(catalog: str) -> str:
    """Where a catalog is."""
    return f"/v1/catalogs/{segment(catalog)}"


def given(name: str, value: object) -> list[tuple[str, str]]:
    """One parameter, where there is a value."""
    return [] if value is None else [(name, str(value))]


def each(name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """A parameter for each value."""
    return [(name, value) for value in values]


def conditions(categories: Sequence[str], metadata: Conditions | None) -> list[tuple[str, str]]:
    """What products are to be like: in one of the categories, and with one of the values of each key."""
    pairs = [f"{key}:{value}" for key, values in (metadata or {}).items() for value in values]
    return [*each("category", categories), *each("metadata", pairs)]
