"""Catalogs that the clients write into files, as they come."""

import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mobile_contract.clients.python import NotFound, Photocode, Unreachable
from service.cli import main
from tests.integration.clients.conftest import Service
from tests.integration.cut_line import cut_line
from tests.pictures import COLOURS, PNG, encoded

Connect = Callable[..., Any]
HALF = bytes(range(256)) * 4096
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def large(service: Service) -> str:
    """A catalog whose export is larger than what a line takes at once."""
    noise = Image.fromarray(np.random.default_rng(7).integers(0, 256, (500, 500, 3), np.uint8))
    with Photocode(service.url, shrink=None) as photocode:
        photocode.create_catalog("large")
        photocode.teach_product("large", "N-1", "noise", encoded(noise, PNG))
    return "large"


def test_an_export_goes_into_a_file(connect: Connect, tmp_path: Path) -> None:
    photocode = connect()
    for name, asked in (
        ("whole.zip", {}),
        ("WHOLE.ZIP", {"table": "csv"}),
        ("table.jsonl", {"form": "jsonl"}),
        ("table.csv", {"form": "csv"}),
    ):
        to = tmp_path / name
        to.write_text("another one, which is replaced")
        kept = photocode.export_catalog_to("colours", str(to), **({} if "form" in asked else asked))
        assert kept == to
        assert to.read_bytes() == photocode.export_catalog("colours", **asked)
        assert [one.name for one in tmp_path.iterdir()] == [name]
        to.unlink()
    photocode.export_catalog_to("colours", tmp_path / "table", form="jsonl")
    assert len((tmp_path / "table").read_text().splitlines()) == len(COLOURS)


def test_a_line_that_is_cut_leaves_no_half_file(connect: Connect, service: Service, large: str, tmp_path: Path) -> None:
    to = tmp_path / "large.zip"
    with cut_line(service.url) as line:
        line.cuts, line.after = 99, 100_000
        with pytest.raises(Unreachable):
            connect(line.url).export_catalog_to(large, to)
        assert list(tmp_path.iterdir()) == []
        to.write_bytes(b"the one before")
        with pytest.raises(Unreachable):
            connect(line.url).export_catalog_to(large, to)
        assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(to, b"the one before")]
        line.cuts = 1
        connect(line.url).export_catalog_to(large, to)
        assert line.cuts == 0
    with zipfile.ZipFile(to) as archive:
        assert archive.testzip() is None
    assert to.read_bytes() == connect().export_catalog(large)
    assert list(tmp_path.iterdir()) == [to]


def test_the_command_leaves_no_half_file_either(service: Service, large: str, tmp_path: Path) -> None:
    to = tmp_path / "large.zip"
    with cut_line(service.url) as line:
        line.cuts, line.after = 1, 100_000
        cut = CliRunner().invoke(main, ["export", large, str(to), "--url", line.url])
        assert (cut.exit_code, "does not answer" in cut.output) == (1, True), cut.output
        assert list(tmp_path.iterdir()) == []
        whole = CliRunner().invoke(main, ["export", large, str(to), "--url", line.url])
    assert whole.exit_code == 0, whole.output
    assert [one.name for one in tmp_path.iterdir()] == ["large.zip"]
    with zipfile.ZipFile(to) as archive:
        assert archive.testzip() is None


def test_what_is_refused_or_cannot_be_written_leaves_nothing(
    connect: Connect, service: Service, tmp_path: Path
) -> None:
    photocode = connect()
    with pytest.raises(NotFound):
        photocode.export_catalog_to("none", tmp_path / "a.zip")
    service.line.seen.clear()
    with pytest.raises(ValueError, match=r"ends in none of \.zip"):
        photocode.export_catalog_to("colours", tmp_path / "a.pdf")
    with pytest.raises(FileNotFoundError):
        photocode.export_catalog_to("colours", tmp_path / "none" / "a.zip")
    with pytest.raises(IsADirectoryError):
        photocode.export_catalog_to("colours", tmp_path, form="zip")
    assert not service.line.seen
    assert list(tmp_path.iterdir()) == []


def test_what_has_come_is_in_the_file_and_not_in_memory(connect: Connect, tmp_path: Path) -> None:
    to = tmp_path / "slow.zip"
    with _two_halves(tmp_path) as (url, seen):
        connect(url).export_catalog_to("any", to)
    assert seen == [True], "the first half was not on disk before the second one was sent"
    assert to.read_bytes() == HALF * 2


def test_time_that_is_over_ends_an_export(connect: Connect, tmp_path: Path) -> None:
    with _two_halves(tmp_path, hold=True) as (url, _):
        with pytest.raises(Unreachable):
            connect(url).export_catalog_to("any", tmp_path / "slow.zip", deadline=1)
        assert list(tmp_path.iterdir()) == []


@contextmanager
def _two_halves(folder: Path, *, hold: bool = False) -> Iterator[tuple[str, list[bool]]]:
    """A service that sends the second half of a file once the first one lies in the folder, or never."""
    seen: list[bool] = []
    done = threading.Event()

    def on_disk() -> bool:
        return any(one.stat().st_size > len(HALF) * 0.9 for one in folder.glob(".*.part"))

    def answer() -> None:
        near, _ = server.accept()
        with near:
            near.recv(65536)
            near.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * len(HALF)) + HALF)
            give_up = time.monotonic() + PATIENCE_SECONDS
            while not on_disk() and time.monotonic() < give_up:
                time.sleep(0.01)
            seen.append(on_disk())
            if hold:
                done.wait(PATIENCE_SECONDS)
            else:
                near.sendall(HALF)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        done.set()
        thread.join()
