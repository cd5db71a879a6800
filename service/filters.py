"""Conditions on products as addresses say them: ``category`` and ``metadata=key:value``, both repeatable."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from catalog.search.filters import Filter
from mobile_contract.lookups import MetadataValues, Values
from mobile_contract.problems import Code, FieldError
from service.refused import Refused

Categories = Annotated[
    list[str] | None, QueryParameter(name="category", description="Only products of one of these categories")
]
Metadata = Annotated[
    list[str] | None,
    QueryParameter(name="metadata", description="Only products with this metadata, as key:value, repeatable"),
]


class _Conditions(msgspec.Struct):
    """As :class:`mobile_contract.lookups.LookupOptions` has them."""

    categories: Values
    metadata: MetadataValues


def read_filter(categories: Sequence[str] | None, metadata: Sequence[str] | None) -> Filter:
    """The conditions that an address says.

    Raises:
        Refused: a pair is none, or there are too many.

    """
    given = {"categories": list(categories or ()), "metadata": read_metadata(metadata or ())}
    try:
        read = msgspec.convert(given, _Conditions)
    except msgspec.ValidationError as error:
        fields = (FieldError(field="query", message=str(error)),)
        raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", fields) from error
    return as_filter(read.categories, read.metadata)


def read_metadata(pairs: Sequence[str]) -> dict[str, list[str]]:
    """The values by key of pairs ``key:value``.

    Raises:
        Refused: there is no colon in one.

    """
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        key, separator, value = pair.partition(":")
        if not separator:
            fields = (FieldError(field="metadata", message="is key:value"),)
            raise Refused(Code.VALIDATION_FAILED, "a parameter is wrong", fields)
        wanted.setdefault(key, []).append(value)
    return wanted


def as_filter(categories: Sequence[str], metadata: Mapping[str, Sequence[str]]) -> Filter:
    """The conditions as searches take them."""
    return Filter(
        categories=tuple(categories), metadata=tuple((key, tuple(values)) for key, values in sorted(metadata.items()))
    )
