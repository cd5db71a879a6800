"""What a search may be narrowed to."""

from dataclasses import dataclass

import msgspec

CATEGORY = "category"
"""The field of a product that is no metadata, though it is narrowed by and counted as if it were."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Conditions on products: one of the categories (if any), and one of the values for every metadata key."""

    categories: tuple[str, ...] = ()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return bool(self.categories or self.metadata)


_OF_CATEGORIES = "p.category = ANY(CAST(:categories AS text[]))"


def conditions(where: Filter) -> tuple[str, str, dict[str, object]]:
    """The filter in SQL, on vectors ``v``: a join with products ``p``, a condition, and the values to be bound."""
    if not where:
        return "", "true", {}
    all_of: list[str] = []
    values: dict[str, object] = {}
    if where.categories:
        all_of.append(_OF_CATEGORIES)
        values["categories"] = list(where.categories)
    for i, (key, accepted) in enumerate(where.metadata):
        # Containment, one per value: the form that the GIN index on metadata can answer.
        either = []
        for j, value in enumerate(accepted):
            either.append(f"p.metadata @> CAST(:has_{i}_{j} AS jsonb)")
            values[f"has_{i}_{j}"] = msgspec.json.encode({key: value}).decode()
        all_of.append(f"({' OR '.join(either)})" if either else "false")
    return "JOIN product p ON p.id = v.product_id", " AND ".join(all_of), values


def conditions_by_field(where: Filter) -> tuple[list[tuple[str, str]], dict[str, object]]:
    """For a scan of products ``p``: the same conditions in SQL, each with the field that it is on, and the values to be
    bound.
    """
    by_field: list[tuple[str, str]] = []
    values: dict[str, object] = {}
    if where.categories:
        by_field.append((CATEGORY, _OF_CATEGORIES))
        values["categories"] = list(where.categories)
    for i, (key, accepted) in enumerate(where.metadata):
        # Where no index helps, one look at the value is cheaper than a containment for each of those accepted.
        by_field.append((key, f"p.metadata ->> CAST(:key_{i} AS text) = ANY(CAST(:accepted_{i} AS text[]))"))
        values |= {f"key_{i}": key, f"accepted_{i}": list(accepted)}
    return by_field, values
