"""``photocode serve`` as an operator runs it: with the starter model, an embedded database, and kill -9."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from service.cli import main
from service.demo.data_set import DATA
from service.settings import STARTER_BUNDLE
from tests import asking
from tests.integration.serving import Served, postmasters, serving
from tests.pictures import archive, encoded, photo_of, picture, printed

PRODUCTS = 24
"""Three batches, of 6, 12 and 6: an import is stopped after the first."""
LABELS = 12

needs_starter = pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")


def many_products() -> bytes:
    table, pictures = "part_number,name,pictures\n", {}
    for i in range(PRODUCTS):
        table += f"P-{i},part {i},{i}.jpg\n"
        pictures[f"{i}.jpg"] = picture("gray", size=(400, 300), mark=4 * i)
    return archive(table, pictures)


def labels() -> bytes:
    table = "part_number,name,pictures\n" + "".join(f"P-{i},label {i},{i}.jpg\n" for i in range(LABELS))
    return archive(table, {f"{i}.jpg": encoded(printed(i)) for i in range(LABELS)})


def start_import(url: str, upload: bytes) -> str:
    asking.post(f"{url}/v1/catalogs", json={"name": "c"}).raise_for_status()
    files = {"archive": ("c.zip", upload)}
    return str(
        asking.post(f"{url}/v1/catalogs/c/imports", files=files, timeout=30).raise_for_status().headers["Location"]
    )


def status_of(url: str, place: str) -> dict[str, Any]:
    found: dict[str, Any] = asking.get(f"{url}{place}", timeout=10).raise_for_status().json()
    return found


def landed(status: dict[str, Any]) -> int:
    return int(status["counters"]["total"] - status["counters"]["pending"])


def wait_for_end(url: str, place: str, *, at_least: int) -> dict[str, Any]:
    give_up = time.monotonic() + 90
    while time.monotonic() < give_up:
        try:
            status = status_of(url, place)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        assert landed(status) >= at_least, "progress fell"
        at_least = landed(status)
        if status["state"] == "completed":
            return status
        time.sleep(0.05)
    raise AssertionError(status)


def wait_for_surfaces(url: str, *, least: int | None = None, patience: float = 120) -> dict[str, int]:
    """The catalog's enrichment once ``least`` references are described; all of them unless given."""
    give_up = time.monotonic() + patience
    before = -1
    while time.monotonic() < give_up:
        try:
            state: dict[str, int] = status_of(url, "/v1/catalogs/c")["enrichment"]
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        assert state["enriched"] >= before, "progress fell"
        before = state["enriched"]
        if state["pending"] == 0 or (least is not None and state["enriched"] >= least):
            return state
        time.sleep(0.02)
    raise AssertionError(state)


def answer_in_full(url: str, photo: bytes) -> dict[str, Any]:
    """A photo's answer once no stage is late or loading: other tests may keep the machine busy."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        headers = {"Content-Type": "image/jpeg"}
        answer = asking.post(f"{url}/v1/catalogs/c/lookups", content=photo, headers=headers, timeout=30)
        found: dict[str, Any] = answer.raise_for_status().json()
        if not found["dropped"]:
            return found
        time.sleep(0.2)
    raise AssertionError(found)


def test_a_port_that_is_taken_is_not_shared() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "service", "serve", "--port", str(taken.getsockname()[1])]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 2
    assert "in use" in tried.stderr


def test_a_changed_bundle_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    tried = subprocess.run(
        [sys.executable, "-m", "service", "serve"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PHOTOCODE_BUNDLE": str(tmp_path), "PHOTOCODE_DATA": str(tmp_path)},
    )
    assert tried.returncode == 1
    assert "bundle.json" in tried.stderr


@needs_starter
def test_a_broken_vocabulary_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(b"PK broken")
    tried = subprocess.run(
        [sys.executable, "-m", "service", "serve"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PHOTOCODE_VOCABULARY": str(tmp_path / "words.npz"), "PHOTOCODE_DATA": str(tmp_path)},
    )
    assert tried.returncode == 1
    assert "words.npz" in tried.stderr


@needs_starter
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        place = start_import(served.url, many_products())
        while landed(before := status_of(served.url, place)) == 0:
            time.sleep(0.01)
        served.worker().kill()
        status = wait_for_end(served.url, place, at_least=landed(before))
        assert status["counters"]["created"] == PRODUCTS
        catalog = asking.get(f"{served.url}/v1/catalogs/c").json()
        assert (catalog["products"], catalog["referenceImages"]) == (PRODUCTS, PRODUCTS)
        done = {"total": PRODUCTS, "pending": 0, "enriched": PRODUCTS, "failed": 0}
        assert wait_for_surfaces(served.url) == done


@needs_starter
@pytest.mark.parametrize("everything", [False, True], ids=["worker", "plug"])
def test_what_was_being_described_is_described_once_and_found_after_a_kill(tmp_path: Path, everything: bool) -> None:
    with serving(tmp_path) as first:
        wait_for_end(first.url, start_import(first.url, labels()), at_least=0)
        before = wait_for_surfaces(first.url, least=2)
        assert before["pending"] > 0, "killed too late"
        if everything:
            first.kill_all()
        else:
            first.worker().kill()
            assert_all_described(first, before["enriched"])
    if everything:
        with serving(tmp_path) as second:
            assert_all_described(second, before["enriched"])


def assert_all_described(served: Served, at_least: int) -> None:
    state = wait_for_surfaces(served.url)
    assert state == {"total": LABELS, "pending": 0, "enriched": LABELS, "failed": 0}
    assert at_least < LABELS
    assert len(list(served.log.parent.glob("pictures/features/*/*"))) == LABELS
    for number in (0, LABELS // 2, LABELS - 1):
        best = answer_in_full(served.url, photo_of(printed(number), angle=100).content)["candidates"][0]
        assert best["partNumber"] == f"P-{number}"
        assert {"surface", "geometry"} <= set(best["matchedBy"])


@needs_starter
def test_what_was_acknowledged_is_there_after_the_plug_was_pulled(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        place = start_import(first.url, many_products())
        before = status_of(first.url, place)
        photo = {"photo": ("p.jpg", picture("gray", size=(400, 300)))}
        lookup = asking.post(f"{first.url}/v1/catalogs/c/lookups", files=photo, timeout=30).raise_for_status()
        first.kill_all()
    with serving(tmp_path) as second:
        assert wait_for_end(second.url, place, at_least=landed(before))["counters"]["created"] == PRODUCTS
        assert wait_for_surfaces(second.url)["enriched"] == PRODUCTS
        assert asking.get(f"{second.url}{lookup.headers['Location']}").content == lookup.content
        assert second.stop() == 0
    assert postmasters(tmp_path) == [], "the last user leaves the database running"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with all that ships, text on objects too, and an empty catalog."""
    if not STARTER_BUNDLE.exists():
        pytest.skip("the starter bundle is not in this checkout")
    with serving(tmp_path_factory.mktemp("empty"), environment={"PHOTOCODE_TEXT": "auto"}) as served:
        asking.post(f"{served.url}/v1/catalogs", json={"name": "c"}).raise_for_status()
        yield served.url


def test_a_real_phone_photo_is_answered(empty: str) -> None:
    photo = next((DATA / "queries").glob("*.heic"))
    headers = {"Content-Type": "image/heic"}
    answer = asking.post(f"{empty}/v1/catalogs/c/lookups", content=photo.read_bytes(), headers=headers, timeout=30)
    assert answer.json()["photo"]["format"] == "heic"
    assert max(answer.json()["photo"]["width"], answer.json()["photo"]["height"]) >= 640
    assert answer.json()["verdict"] == "no_match"
    ready = asking.get(f"{empty}/readyz").json()
    assert (ready["ready"], ready["recognizer"]["provider"]) == (True, "cpu")
    assert b"photocode_lookup_stage_seconds" in asking.get(f"{empty}/metrics").content


def test_several_photos_and_words_are_looked_up_from_the_shell(empty: str) -> None:
    photos = [str(photo) for photo in sorted((DATA / "queries").glob("*.jpg"))[:2]]
    where = ("--url", empty, "--catalog", "c")
    for arguments in (photos, ("--text", "red knob"), (photos[0], "--text", "red knob")):
        shown = CliRunner().invoke(main, ["lookup", *where, *arguments])
        assert (shown.exit_code, "no_match" in shown.output) == (0, True), shown.output
        assert all(Path(one).name in shown.output for one in arguments if one.endswith(".jpg"))
    labelled = CliRunner().invoke(main, ["lookup", *where, photos[0], "--labels", "category"])
    assert (labelled.exit_code, "something else 100%" in labelled.output) == (0, True), labelled.output
    refused = CliRunner().invoke(main, ["lookup", *where, photos[0], "--labels", "colour"])
    assert (refused.exit_code, "validation_failed" in refused.output) == (1, True), refused.output
    absent = CliRunner().invoke(main, ["similar", "P-1", *where])
    assert (absent.exit_code, "product_not_found" in absent.output) == (1, True), absent.output


@needs_starter
def test_the_operators_own_database_must_be_upgraded_first(tmp_path: Path, postgres: str) -> None:
    served = Served(tmp_path, environment={"DATABASE_URL": postgres})
    assert served.process.wait(60) == 1
    assert "photocode database upgrade" in served.log.read_text()
