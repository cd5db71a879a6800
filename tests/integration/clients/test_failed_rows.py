"""Rows to mend that the clients write into files, as they come."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.clients.python import NotFound, Photocode, Unreachable
from tests.integration.clients.conftest import Service
from tests.integration.cut_line import cut_line

Connect = Callable[..., Any]
WRONG = 3_000
TABLE = "part_number,name,note\n" + "".join(f"P-{at},,{'no name ' * 20}\n" for at in range(WRONG)) + "OK,good,\n"


@pytest.fixture(scope="module")
def ended(service: Service) -> str:
    """The id of an import of which more failed than a line takes at once."""
    with Photocode(service.url) as photocode:
        photocode.create_catalog("wrong")
        return str(photocode.wait_for_import(photocode.start_import("wrong", TABLE.encode()), poll=0.02).id)


def test_failed_rows_go_into_a_file(connect: Connect, ended: str, tmp_path: Path) -> None:
    photocode, to = connect(), tmp_path / "failed.csv"
    to.write_text("another one, which is replaced")
    assert photocode.failed_rows_to("wrong", ended, str(to)) == to
    assert to.read_bytes() == photocode.failed_rows("wrong", ended)
    with to.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == WRONG
    photocode.failed_rows_to("wrong", ended, to, warnings=True)
    assert to.read_bytes() == photocode.failed_rows("wrong", ended, warnings=True)
    assert list(tmp_path.iterdir()) == [to]


def test_a_line_that_is_cut_leaves_no_half_file(connect: Connect, service: Service, ended: str, tmp_path: Path) -> None:
    to = tmp_path / "failed.csv"
    with cut_line(service.url) as line:
        line.cuts, line.after = 99, 100_000
        with pytest.raises(Unreachable):
            connect(line.url).failed_rows_to("wrong", ended, to)
        assert list(tmp_path.iterdir()) == []
        line.cuts = 1
        connect(line.url).failed_rows_to("wrong", ended, to)
        assert line.cuts == 0
    assert to.read_bytes() == connect().failed_rows("wrong", ended)
    assert list(tmp_path.iterdir()) == [to]


def test_what_is_refused_or_cannot_be_written_leaves_nothing(
    connect: Connect, service: Service, ended: str, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        connect().failed_rows_to("none", ended, tmp_path / "a.csv")
    service.line.seen.clear()
    with pytest.raises(FileNotFoundError):
        connect().failed_rows_to("wrong", ended, tmp_path / "none" / "a.csv")
    with pytest.raises(IsADirectoryError):
        connect().failed_rows_to("wrong", ended, tmp_path)
    assert not service.line.seen
    assert list(tmp_path.iterdir()) == []
