"""Pictures in an S3-compatible store: the whole chain over HTTP, and a store that is away for a moment."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import psycopg
import pytest

from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.object_store import ObjectStore, object_store
from tests.integration.test_import_formats import finished
from tests.pictures import archive, colour_catalog, picture

IMPORTS = "/v1/catalogs/c/imports"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.fixture
def store(bucket: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    yield bucket
    bucket.mend()


@pytest.fixture
def there(settings: Settings, store: ObjectStore) -> Settings:
    return msgspec.structs.replace(settings, pictures=store.location)


@pytest.fixture
def client(there: Settings, unhurried_keeper: None) -> Iterator[TestClient]:
    with TestClient(create_app(there, FakeEngine(), FakeSurface()), raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        yield client


def start(client: TestClient, upload: bytes, kind: str = "application/zip") -> str:
    started = client.post(IMPORTS, content=upload, headers={"Content-Type": kind})
    assert started.status_code == 202, started.text
    return str(started.headers["Location"])


def test_a_catalog_lives_in_the_store(client: TestClient, store: ObjectStore, tmp_path: Path) -> None:
    status = finished(client, start(client, colour_catalog()))
    assert (status["counters"]["created"], status["errors"]) == (6, [])
    found = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red", mark=9))}).json()
    image = found["candidates"][0]["referenceImage"]
    shown = client.get(image["imageUrl"])
    assert (shown.status_code, shown.headers["Content-Type"], shown.content) == (200, "image/jpeg", picture("red"))
    assert client.get(image["imageUrl"], headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert len(store.keys("pictures/")) == 6
    give_up = time.monotonic() + 20
    while store.keys("imports/") and time.monotonic() < give_up:
        time.sleep(0.05)
    assert store.keys("imports/") == [], "an upload goes with its import"
    again = client.post("/v1/catalogs/c/lookups", json={"photoOf": found["id"]})
    assert again.status_code == 200, "the photo was kept"
    assert len(store.keys("photos/")) == 1
    assert not (tmp_path / "pictures").exists(), "nothing lies in the folder"


def test_uploaded_pictures_are_kept_named_and_erased(
    client: TestClient, there: Settings, store: ObjectStore, database_url: str
) -> None:
    pictures = [("picture", (f"{colour}.jpg", picture(colour))) for colour in ("red", "blue")]
    red, blue = client.post("/v1/catalogs/c/pictures", files=pictures).json()["pictures"]
    table = f"part_number,name,pictures\nA,a,{red['name']}\n".encode()
    assert finished(client, start(client, table, "text/csv"))["errors"] == []
    kept = [key.rpartition("/")[2] for key in store.keys("uploads/")]
    assert {red["id"], blue["id"]} <= set(kept)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE uploaded_picture SET kept_until = now() - interval '1 s'")
    with TestClient(create_app(there, FakeEngine(), FakeSurface())):
        give_up = time.monotonic() + 20
        while blue["id"] in str(store.keys("uploads/")) and time.monotonic() < give_up:
            time.sleep(0.05)
    assert blue["id"] not in str(store.keys("uploads/"))
    assert red["id"] in str(store.keys("uploads/"))


def test_a_large_archive_is_kept_in_parts(client: TestClient) -> None:
    filler = {f"{number}.bin": bytes([number]) * 4_000_000 for number in range(8)}
    upload = archive("part_number,name,pictures\nA,a,r.jpg\n", {**filler, "r.jpg": picture("red")})
    status = finished(client, start(client, upload))
    assert (status["counters"]["created"], status["errors"]) == (1, [])


def test_an_import_goes_on_when_the_store_is_back(client: TestClient, store: ObjectStore) -> None:
    colours = ["red", "lime", "blue", "yellow"]
    rows = "".join(f"P{i},p,{i}.jpg\n" for i in range(60))
    # Large enough that the archive is not read ahead in one piece: what breaks is reading it, too.
    tail = np.random.default_rng(1).bytes(60_000)
    pictures = {f"{i}.jpg": picture(colours[i % 4], mark=i) + tail for i in range(60)}
    place = start(client, archive("part_number,name,pictures\n" + rows, pictures))
    give_up = time.monotonic() + 60
    while client.get(place).json()["counters"]["created"] < 16 and time.monotonic() < give_up:
        time.sleep(0.01)
    store.cut()
    threading.Timer(4, store.mend).start()
    status = finished(client, place)
    assert (status["counters"]["created"], status["counters"]["failed"], status["errors"]) == (60, 0, [])
    assert status["state"] == "completed"
    assert store.refused, "the store was away"
    assert client.get("/v1/catalogs/c").json()["referenceImages"] == 60


def test_what_needs_a_store_that_is_away_says_so_and_lookups_go_on(client: TestClient, store: ObjectStore) -> None:
    finished(client, start(client, colour_catalog()))
    found = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red", mark=9))}).json()
    url = found["candidates"][0]["referenceImage"]["imageUrl"]
    store.cut()
    began = time.monotonic()
    answers = [
        client.get(url),
        client.post(IMPORTS, content=colour_catalog(), headers={"Content-Type": "application/zip"}),
        client.post("/v1/catalogs/c/pictures", files={"picture": ("a.jpg", picture("cyan", mark=5))}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "unavailable")] * 3
    assert all(answer.headers["Retry-After"] for answer in answers)
    assert time.monotonic() - began < 45
    lookup = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("blue", mark=9))})
    assert (lookup.status_code, lookup.json()["verdict"]) == (200, "match")
    store.mend()
    assert client.get(url).status_code == 200
    again = client.post("/v1/catalogs/c/pictures", files={"picture": ("a.jpg", picture("cyan", mark=5))})
    assert again.status_code == 201
    table = f"part_number,name,pictures\nN,n,{again.json()['pictures'][0]['name']}\n".encode()
    assert finished(client, start(client, table, "text/csv"))["errors"] == []
