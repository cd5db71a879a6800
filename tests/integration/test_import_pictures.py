"""Pictures of imports: from the archive, by address, or uploaded before; and what becomes of each kind's failures."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from service.fetching.pictures import PictureFetcher
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.picture_host import PictureHost, Reply, picture_host
from tests.integration.test_import_formats import IMPORTS, finished
from tests.pictures import PNG, archive, picture

PICTURES = "/v1/catalogs/c/pictures"
REPLIES = {f"/{number}.jpg": Reply(picture("red", mark=number), pause=0.02) for number in range(12)}
REPLIES |= {"/page.jpg": Reply(b"<html>no picture</html>"), "/empty.jpg": Reply(b"")}


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host(REPLIES) as running:
        yield running


@pytest.fixture
def fetcher(host: PictureHost) -> PictureFetcher:
    """The application's."""
    return host.fetcher()


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


def run(client: Client, table: str | bytes, kind: str = "text/csv") -> dict[str, Any]:
    content = table.encode() if isinstance(table, str) else table
    started = client.post(IMPORTS, content=content, headers={"Content-Type": kind})
    assert started.status_code == 202, started.text
    return finished(client, started.headers["Location"])


def upload(client: Client, *pictures: bytes) -> list[dict[str, Any]]:
    answer = client.post(PICTURES, files=[("picture", (f"{i}.jpg", one)) for i, one in enumerate(pictures)])
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["pictures"]
    return found


def pictures_of(client: Client, part_number: str) -> int:
    return len(client.get(f"/v1/catalogs/c/products/{part_number}").json()["referenceImages"])


def problems(status: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(error["line"], error["column"], error["code"]) for error in status["errors"]]


def test_pictures_come_from_their_addresses(empty: Client, host: PictureHost) -> None:
    rows = "".join(f"P{number},p,{host.url(f'/{number}.jpg')}\n" for number in range(12))
    status = run(empty, "part_number,name,image url\n" + rows)
    assert (status["counters"]["created"], status["errors"]) == (12, [])
    assert [pictures_of(empty, f"P{number}") for number in range(12)] == [1] * 12
    found = empty.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red"))}).json()
    assert found["verdict"] in ("match", "ambiguous")


def test_addresses_that_give_no_picture_are_told_by_row_and_the_product_lands(empty: Client, host: PictureHost) -> None:
    good = host.url("/1.jpg")
    table = (
        "part_number,name,pictures\n"
        f"A,a,{host.url('/none.jpg')};{good}\n"
        f"B,b,http://pictures.test/1.jpg\n"
        f"C,c,https://user@pictures.test/1.jpg\n"
        f"D,d,{host.url('/page.jpg')}\n"
        f"E,e,{host.url('/empty.jpg')}\n"
        f"F,f,file:///etc/passwd\n"
        f"G,g,https://[broken\n"
        f"H,h,pictures/x.jpg\n"
    )
    status = run(empty, table)
    assert problems(status) == [
        (2, "pictures", "picture_url_failed"),
        (3, "pictures", "picture_url_refused"),
        (4, "pictures", "picture_url_refused"),
        (5, "pictures", "photo_format_unsupported"),
        (6, "pictures", "photo_empty"),
        (7, "pictures", "picture_url_refused"),
        (8, "pictures", "picture_url_refused"),
        (9, "pictures", "picture_missing"),
    ]
    assert (status["counters"]["created"], status["counters"]["withWarnings"]) == (8, 8)
    assert pictures_of(empty, "A") == 1


def test_nothing_private_is_connected_to(settings: Settings) -> None:
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        addresses = [
            "https://127.0.0.1/a.jpg",
            "https://[::1]/a.jpg",
            "https://169.254.169.254/latest",
            "https://localhost/",
        ]
        rows = "".join(f"P{i},p,{url}\n" for i, url in enumerate(addresses))
        status = run(client, "part_number,name,pictures\n" + rows)
    assert [code for _, _, code in problems(status)] == ["picture_url_refused"] * 4


def test_addresses_are_refused_where_fetching_is_off(settings: Settings) -> None:
    off = msgspec.structs.replace(settings, fetch="off")
    with TestClient(create_app(off, FakeEngine(), FakeSurface())) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        status = run(client, "part_number,name,pictures\nA,a,https://example.com/a.jpg\n")
    assert problems(status) == [(2, "pictures", "picture_url_refused")]


def test_pictures_uploaded_before_are_named_by_their_content(empty: Client) -> None:
    red, blue = picture("red"), picture("blue", form=PNG)
    first, second = upload(empty, red, blue)
    assert first["id"] == hashlib.sha256(red).hexdigest()
    assert first["name"] == f"picture:{first['id']}"
    assert (second["mediaType"], second["width"], second["height"], second["bytes"]) == (
        "image/png",
        160,
        120,
        len(blue),
    )
    table = f"part_number,name,pictures\nA,a,{first['name']};{second['name']}\nB,b,picture:{'0' * 64}\nC,c,picture:x\n"
    status = run(empty, table)
    assert problems(status) == [(3, "pictures", "picture_missing"), (4, "pictures", "picture_missing")]
    assert pictures_of(empty, "A") == 2
    assert run(empty, table)["counters"]["unchanged"] == 3


def test_one_picture_is_sent_as_it_is_and_repeating_is_safe(empty: Client) -> None:
    sent = [
        empty.post(PICTURES, content=picture("red"), headers={"Content-Type": kind})
        for kind in ("image/jpeg", "application/octet-stream", "image/jpeg")
    ]
    assert [answer.status_code for answer in sent] == [201] * 3
    assert len({answer.json()["pictures"][0]["id"] for answer in sent}) == 1


def test_another_catalogs_pictures_are_none_of_this_one(empty: Client) -> None:
    empty.post("/v1/catalogs", json={"name": "other"})
    answer = empty.post("/v1/catalogs/other/pictures", files={"picture": ("a.jpg", picture("red"))})
    status = run(empty, f"part_number,name,pictures\nA,a,{answer.json()['pictures'][0]['name']}\n")
    assert problems(status) == [(2, "pictures", "picture_missing")]


@pytest.mark.parametrize(
    ("files", "status", "code", "field"),
    [
        ([("picture", ("a.jpg", picture("red"))), ("picture", ("b.jpg", b"none"))], 415, "photo_format_unsupported", 1),
        ([("picture", ("a.jpg", picture("red")[:500]))], 422, "photo_unreadable", 0),
        ([("picture", ("a.jpg", b""))], 422, "photo_empty", 0),
        ([("other", ("a.jpg", picture("red")))], 400, "photo_missing", None),
    ],
)
def test_what_is_no_picture_is_refused_by_its_place_and_nothing_is_kept(
    empty: Client, files: Any, status: int, code: str, field: int | None, database_url: str
) -> None:
    answer = empty.post(PICTURES, files=files)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if field is not None:
        assert answer.json()["errors"][0]["field"] == f"picture[{field}]"
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM uploaded_picture").fetchone() == (0,)


def test_refused_uploads_say_why(empty: Client) -> None:
    assert empty.post("/v1/catalogs/none/pictures", content=b"x").json()["code"] == "catalog_not_found"
    assert empty.post(PICTURES, content=b"").json()["code"] == "photo_missing"
    answer = empty.post(PICTURES, content=b"x", headers={"Content-Type": "text/plain"})
    assert answer.json()["code"] == "unsupported_media_type"
    answer = empty.post(PICTURES + "?x=1", content=picture("red"), headers={"Content-Type": "image/jpeg"})
    assert answer.json()["code"] == "validation_failed"


def test_old_uploads_go_with_their_bytes_unless_a_product_has_them(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        used, unused, fresh = upload(client, picture("red"), picture("blue"), picture("lime"))
        run(client, f"part_number,name,pictures\nA,a,{used['name']}\n")
        with psycopg.connect(database_url, autocommit=True) as connection:
            old = [used["id"], unused["id"]]
            connection.execute(
                "UPDATE uploaded_picture SET kept_until = now() - interval '1 s' WHERE content_hash = ANY(%s)", [old]
            )
            assert kept(tmp_path) == {used["id"], unused["id"], fresh["id"]}
            # What sweeps at its start is the next one.
    with TestClient(create_app(settings, FakeEngine(), FakeSurface())) as client:
        give_up = time.monotonic() + 20
        while len(kept(tmp_path)) > 2 and time.monotonic() < give_up:
            time.sleep(0.05)
        assert kept(tmp_path) == {used["id"], fresh["id"]}
        status = run(client, f"part_number,name,pictures\nA,a,{used['name']}\nB,b,{unused['name']}\n")
        assert problems(status) == [(3, "pictures", "picture_missing")]


def kept(data: Path) -> set[str]:
    return {path.name for path in (data / "pictures" / "uploads").rglob("*") if path.is_file()}


def test_what_a_product_has_need_not_be_there_any_longer(empty: Client, tmp_path: Path) -> None:
    """The catalog was filled by a ZIP; the next table names the same bytes, which were never uploaded."""
    red = picture("red")
    run(empty, archive("part_number,name,pictures\nA,a,r.jpg\n", {"r.jpg": red}), "application/zip")
    status = run(empty, f"part_number,name,pictures\nA,a,picture:{hashlib.sha256(red).hexdigest()}\n")
    assert (status["counters"]["unchanged"], status["errors"]) == (1, [])


def test_one_archive_may_name_pictures_from_everywhere(empty: Client, host: PictureHost) -> None:
    (uploaded,) = upload(empty, picture("blue"))
    table = f"part_number,name,pictures\nA,a,In/Archive.JPG;{host.url('/3.jpg')};{uploaded['name']}\n"
    status = run(empty, archive(table, {"in/archive.jpg": picture("lime")}), "application/zip")
    assert (status["errors"], pictures_of(empty, "A")) == ([], 3)
