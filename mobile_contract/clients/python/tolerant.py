"""Reads answers of services that are newer than this client: fields it does not know are passed over, values that an
enumeration does not know are kept as they came.
"""

from enum import Enum, StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect

T = TypeVar("T")


class _Later(NamedTuple):
    """A value that came: where in the answer, by names of fields, keys and places, and of which enumeration."""

    path: tuple[str | int, ...]
    of: type[Enum]
    value: str


def decode(content: bytes, kind: type[T]) -> T:
    """An answer.

    Raises:
        msgspec.MsgspecError: it is not of the documented form, even so.

    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        tree = msgspec.json.decode(content)
        later: list[_Later] = []
        tree = _known(tree, inspect.type_info(kind), (), later)
        found = msgspec.convert(tree, kind)
        for one in later:
            found = _put(found, one.path, unknown_member(one.of, one.value))
        return found


@cache
def unknown_member(of: type[Enum], value: str) -> StrEnum:
    """A member that the enumeration does not have: equal to its text, and to no member."""
    member = str.__new__(cast("type[StrEnum]", of), value)
    member._name_ = member._value_ = value
    return member


def _known(value: Any, info: inspect.Type, path: tuple[str | int, ...], later: list[_Later]) -> Any:
    """The value as this client knows it; what is later than it goes to ``later``."""
    if isinstance(info, inspect.Metadata):
        return _known(value, info.type, path, later)
    if isinstance(info, inspect.UnionType):
        whole = [one for one in info.types if isinstance(one, inspect.StructType | inspect.EnumType)]
        nested = [one for one in info.types if isinstance(one, inspect.ListType | inspect.DictType | inspect.Metadata)]
        return _known(value, (whole or nested or [info.types[0]])[0], path, later)
    if isinstance(info, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field for field in info.fields}
        return {
            name: _known(one, fields[name].type, (*path, fields[name].name), later)
            for name, one in value.items()
            if name in fields
        }
    if isinstance(info, inspect.ListType) and isinstance(value, list):
        return [_known(one, info.item_type, (*path, at), later) for at, one in enumerate(value)]
    if isinstance(info, inspect.DictType) and isinstance(value, dict):
        return {key: _known(one, info.value_type, (*path, key), later) for key, one in value.items()}
    if isinstance(info, inspect.EnumType) and isinstance(value, str):
        members = [member.value for member in info.cls]
        if value not in members:
            later.append(_Later(path, info.cls, value))
            return members[0]
    return value


def _put(found: T, path: tuple[str | int, ...], member: StrEnum) -> T:
    """Set one value in a struct, a list or a dict that was read."""
    if not path:
        return cast("T", member)
    holder: Any = found
    for step in path[:-1]:
        holder = getattr(holder, str(step)) if isinstance(holder, msgspec.Struct) else holder[step]
    if isinstance(holder, msgspec.Struct):
        msgspec.structs.force_setattr(holder, str(path[-1]), member)
    else:
        holder[path[-1]] = member
    return found
