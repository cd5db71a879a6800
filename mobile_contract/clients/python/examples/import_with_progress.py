"""Import a ZIP of one table and its pictures, and watch it.

python -m mobile_contract.clients.python.examples.import_with_progress http://127.0.0.1:8700 pumps pumps.zip
"""

import argparse
import sys
from collections.abc import Sequence

from mobile_contract.clients.python import Photocode
from mobile_contract.imports import ImportStatus


def main(arguments: Sequence[str] | None = None) -> None:
    """Upload, watch, tell what was wrong with which line."""
    parser = argparse.ArgumentParser(description="Import a ZIP, and watch it.")
    parser.add_argument("url")
    parser.add_argument("catalog", help="is made where it is not there")
    parser.add_argument("archive")
    parser.add_argument("--token")
    given = parser.parse_args(arguments)
    with Photocode(given.url, token=given.token) as photocode:
        if given.catalog not in [one.name for one in photocode.catalogs()]:
            photocode.create_catalog(given.catalog)
        started = photocode.start_import(given.catalog, given.archive, progress=uploading)
        status = photocode.wait_for_import(started, watch=landing, poll=0.2)
    counters = status.counters
    for name in ("created", "updated", "unchanged", "failed"):
        print(getattr(counters, name), name)
    for error in status.errors:
        print(f"line {error.line}: {error.message} ({error.code})")


def uploading(sent: int, total: int) -> None:
    """A line that is written over."""
    print(f"\ruploaded {sent / total:.0%}", end="", file=sys.stderr, flush=True)


def landing(status: ImportStatus) -> None:
    """The same, of rows."""
    counters = status.counters
    print(f"\r{counters.total - counters.pending} of {counters.total} rows", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
