"""Look one thing up by one or several photos, and say which product it was.

python -m mobile_contract.clients.python.examples.look_up_and_confirm http://127.0.0.1:8700 standard-parts photo.jpg
... --confirm "ISO 4762 M5x16"      or: --none
"""

import argparse
from collections.abc import Sequence

from msgspec import UNSET

from mobile_contract.clients.python import Photocode
from mobile_contract.lookups import Lookup


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, show, confirm."""
    parser = argparse.ArgumentParser(description="Look a thing up, and confirm.")
    parser.add_argument("url")
    parser.add_argument("catalog")
    parser.add_argument("photos", nargs="+", metavar="photo", help="one to five photos of the same thing")
    parser.add_argument("--confirm", metavar="PART_NUMBER", help="it was this one")
    parser.add_argument("--none", action="store_true", help="it was none of these")
    parser.add_argument("--token")
    given = parser.parse_args(arguments)
    with Photocode(given.url, token=given.token) as photocode:
        answer = photocode.look_up(given.catalog, *given.photos, limit=3)
        show(answer)
        if given.confirm:
            print("confirmed:", photocode.confirm(answer, given.confirm).part_number)
        elif given.none:
            print("kept:", photocode.confirm(answer, outcome="none_of_these").outcome)


def show(answer: Lookup) -> None:
    """The verdict, the candidates, and what would help."""
    probability = answer.verdict_basis.probability
    print(answer.verdict, "" if probability is UNSET else f"({probability:.0%})")
    for candidate in answer.candidates:
        print(f"{candidate.rank}. {candidate.part_number}  {candidate.name}  by {', '.join(candidate.matched_by)}")
    if answer.next_photo is not UNSET:
        print("a second photo would help:", answer.next_photo.way)


if __name__ == "__main__":
    main()
