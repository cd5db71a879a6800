"""What a search may be narrowed to."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Conditions on products: one of the categories (if any), and one of the values for every metadata key."""

    categories: tuple[str, ...] = ()
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return bool(self.categories or self.metadata)


def conditions(where: Filter) -> tuple[str, str, dict[str, object]]:
    """The filter in SQL, on vectors ``v``: a join with products ``p``, a condition, and the values to be bound."""
    if not where:
        return "", "true", {}
    all_of: list[str] = []
    values: dict[str, object] = {}
    if where.categories:
        all_of.append("p.category = ANY(CAST(:categories AS text[]))")
        values["categories"] = list(where.categories)
    for i, (key, accepted) in enumerate(where.metadata):
        # Containment, one per value: the form that the GIN index on metadata can answer.
        either = []
        for j, value in enumerate(accepted):
            either.append(f"p.metadata @> CAST(:has_{i}_{j} AS jsonb)")
            values[f"has_{i}_{j}"] = msgspec.json.encode({key: value}).decode()
        all_of.append(f"({' OR '.join(either)})" if either else "false")
    return "JOIN product p ON p.id = v.product_id", " AND ".join(all_of), values
