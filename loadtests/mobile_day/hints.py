"""What a worker may type beside a photo of a part of the demo."""

import csv

from service.demo.data_set import DATA


def hints() -> dict[str, str]:
    """Colour and category of each part number, as far as they are known: ``black screws``."""
    with (DATA / "products.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    return {row["part_number"]: f"{row['colour']} {row['category']}".strip().lower() for row in rows}
