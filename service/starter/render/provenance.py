"""Where the demo's pictures come from, in figures and rules."""

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from service.starter.render.hardships import KINDS, RULES
from service.starter.twins import RULE

LICENCE = "CC0-1.0"


def provenance(
    seed: int, products: int, twins: dict[str, str], rows: Sequence[Sequence[str]], worst_unseen: float
) -> dict[str, object]:
    """``rows``: those of queries.csv; ``worst_unseen``: the largest share of a part that a photo does not show."""
    kinds = Counter(row[3] for row in rows)
    return {
        "what": "Pictures rendered from CAD solids; no photograph of anything real is among them.",
        "command": f"photocode starter render --out service/demo/data --seed {seed}",
        "licence": LICENCE,
        "products": products,
        "photos": dict(sorted(kinds.items())),
        "photos_with_a_scale_card": sum(row[6] == "yes" for row in rows),
        "seed": seed,
        "twins": {"rule": RULE, "products": len(twins), "groups": len(set(twins.values()))}
        | {"photos_of_strangers_with_a_twin": sum(row[5] == "yes" and not row[1] for row in rows)},
        "difficulty": {**RULES, "frequencies": KINDS, "largest_share_of_a_part_not_seen": round(worst_unseen, 3)},
        "solids": f"bd_warehouse {version('bd_warehouse')} (Apache-2.0), build123d {version('build123d')} (Apache-2.0)",
        "renderer": f"VTK {version('vtk')} (BSD-3-Clause)",
    }
