"""Photos are erased by lookup, by device and by age; the answers stay, and files go with the last lookup of them."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from httpx import Response

from catalog.database import Database
from catalog.leases import take_lease
from service.jobs.erasing import LEASE, LEASE_NAME
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, made_device, made_key
from tests.integration.conftest import Client
from tests.pictures import picture

LOOKUPS = "/v1/catalogs/colours/lookups"
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


@pytest.fixture
def outside(settings: Settings, colours: Client) -> Iterator[Client]:
    """The application as phones see it, with the catalog ``colours``."""
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def asked(client: Client, *photos: bytes, token: str | None = None) -> str:
    files = [("photo", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)]
    answer = client.post(LOOKUPS, files=files, headers=bearer(token) if token else {})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def files_of(settings: Settings) -> int:
    return sum(1 for path in Path(settings.pictures_location, "photos").rglob("*") if path.is_file())


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def erase(client: Client, lookup: str, token: str | None = None) -> Response:
    answer: Response = client.delete(f"/v1/lookups/{lookup}/photos", headers=bearer(token) if token else {})
    return answer


def test_a_photo_is_gone_for_good_and_the_answer_stays(colours: Client, settings: Settings) -> None:
    lookup = asked(colours, picture("red"))
    before = colours.get(f"/v1/lookups/{lookup}").json()
    assert colours.post(LOOKUPS, json={"photoOf": lookup}).status_code == 200
    assert files_of(settings) == 1
    assert erase(colours, lookup).status_code == 204
    assert files_of(settings) == 1  # the lookup by photoOf has it too
    assert code_of(colours.post(LOOKUPS, json={"photoOf": lookup})) == (410, "photo_not_kept")
    assert erase(colours, lookup).status_code == 204
    assert colours.get(f"/v1/lookups/{lookup}").json() == before
    assert code_of(erase(colours, str(uuid4()))) == (404, "lookup_not_found")


def test_a_file_goes_with_the_last_lookup_that_has_it(colours: Client, settings: Settings) -> None:
    red, blue = picture("red"), picture("blue")
    several, single, other = asked(colours, blue, red), asked(colours, red), asked(colours, picture("green"))
    assert files_of(settings) == 3
    erase(colours, single)
    assert files_of(settings) == 3
    assert colours.post(LOOKUPS, json={"photoOf": several}).status_code == 200
    again = colours.post(LOOKUPS, json={"photoOf": several}).json()["id"]
    erase(colours, several)
    assert code_of(colours.post(LOOKUPS, json={"photoOf": several})) == (410, "photo_not_kept")
    assert files_of(settings) == 3
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute("SELECT id::text FROM lookup WHERE photo_key IS NOT NULL AND id <> %s", (other,))
        left = [row[0] for row in rows]
    assert again in left
    for one in left:
        erase(colours, one)
    assert files_of(settings) == 1
    assert colours.post(LOOKUPS, json={"photoOf": other}).status_code == 200
    # The same photo anew is kept anew.
    assert colours.post(LOOKUPS, json={"photoOf": asked(colours, red)}).status_code == 200
    assert files_of(settings) == 2


def test_who_asked_erases_and_nobody_else_but_administrators(
    settings: Settings, colours: Client, outside: Client
) -> None:
    _, ana = made_device(settings, "lookup")
    _, bo = made_device(settings, "lookup", "catalog:read", "catalog:write")
    old, new = (made_key(settings, "lookup", client="kiosk")[1] for _ in range(2))
    stranger, admin = made_key(settings, "lookup")[1], made_key(settings, "admin", client="admin")[1]
    anas, kiosks, own = (asked(outside, picture("red"), token=token) for token in (ana, old, ana))
    locals_ = asked(colours, picture("red"))
    for lookup, token in (
        (anas, bo),
        (anas, stranger),
        (kiosks, ana),
        (kiosks, stranger),
        (locals_, ana),
        (locals_, old),
    ):
        assert code_of(erase(outside, lookup, token)) == (403, "scope_missing")
    assert files_of(settings) == 1
    # A client's next key is the same client.
    for lookup, token in ((anas, ana), (kiosks, new), (own, admin), (locals_, admin)):
        assert erase(outside, lookup, token).status_code == 204
    assert files_of(settings) == 0


def test_all_photos_of_a_device_are_erased(settings: Settings, colours: Client, outside: Client) -> None:
    (ana_id, ana), (bo_id, bo) = made_device(settings, "lookup"), made_device(settings, "lookup")
    anas = [asked(outside, picture(colour), token=ana) for colour in ("red", "green", "blue")]
    bos = asked(outside, picture("red"), token=bo)
    assert files_of(settings) == 3
    assert code_of(outside.delete(f"/v1/devices/{ana_id}/photos", headers=bearer(bo))) == (403, "scope_missing")
    assert outside.delete("/v1/devices/me/photos", headers=bearer(ana)).json() == {"lookups": 3}
    assert outside.delete("/v1/devices/me/photos", headers=bearer(ana)).json() == {"lookups": 0}
    assert files_of(settings) == 1
    for lookup in anas:
        assert code_of(colours.post(LOOKUPS, json={"photoOf": lookup})) == (410, "photo_not_kept")
    assert colours.post(LOOKUPS, json={"photoOf": bos}).status_code == 200
    assert colours.delete(f"/v1/devices/{bo_id}/photos").json() == {"lookups": 1}
    assert code_of(colours.delete(f"/v1/devices/{uuid4()}/photos")) == (404, "device_not_found")
    assert code_of(colours.delete("/v1/devices/me/photos")) == (404, "device_not_found")
    entries = colours.get("/v1/audit").json()["entries"]
    told = [(one["operation"], one["target"], one["subject"]) for one in entries if one["status"] == 200]
    assert ("eraseOwnPhotos", f"/v1/devices/{ana_id}/photos", f"device:{ana_id}") in told


def test_a_store_that_is_away_loses_no_erasure(settings: Settings, colours: Client) -> None:
    lookup = asked(colours, picture("red"))
    folder = Path(settings.pictures_location, "photos")
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("a file where the folder was")
    assert erase(colours, lookup).status_code == 204
    folder.unlink()
    aside.rename(folder)
    assert files_of(settings) == 1
    erase(colours, lookup)
    assert files_of(settings) == 0


def test_photos_go_when_they_are_old(settings: Settings, colours: Client, database_url: str) -> None:
    old, young = asked(colours, picture("red"), picture("green")), asked(colours, picture("blue"))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lookup SET created_at = now() - interval '8 days' WHERE id = %s", (old,))
    sweeping = msgspec.structs.replace(settings, photo_days=7.0)
    with TestClient(create_app(sweeping, FakeEngine(), FakeSurface()), raise_server_exceptions=False) as client:
        give_up = time.monotonic() + 20
        while files_of(settings) > 1:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert code_of(client.post(LOOKUPS, json={"photoOf": old})) == (410, "photo_not_kept")
        assert client.post(LOOKUPS, json={"photoOf": young}).status_code == 200
        assert client.get(f"/v1/lookups/{old}").status_code == 200


def test_one_process_at_a_time_holds_a_lease(database_url: str) -> None:
    async def race() -> Any:
        database = Database(database_url, pool_size=4)

        async def take() -> bool:
            async with database.write() as session:
                return await take_lease(session, LEASE_NAME, LEASE)

        try:
            return sum(await asyncio.gather(*(take() for _ in range(4))))
        finally:
            await database.close()

    assert asyncio.run(race()) == 1
    assert asyncio.run(race()) == 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lease SET until = now() - interval '1 s'")
    assert asyncio.run(race()) == 1


def test_a_workers_name_is_on_confirmations_for_administrators(
    settings: Settings, colours: Client, outside: Client
) -> None:
    _, token = made_device(settings, "lookup", worker="Ana Ruiz")
    own = bearer(token)
    lookup = asked(outside, picture("red"), token=token)
    path = f"/v1/lookups/{lookup}"
    said = outside.post(f"{path}/confirmation", json={"outcome": "unsure"}, headers=own)
    assert "worker" not in said.json()
    assert "worker" not in outside.get(path, headers=own).json()["confirmation"]
    assert colours.get(path).json()["confirmation"]["worker"] == "Ana Ruiz"
    changed = outside.put("/v1/devices/me/worker", json={"worker": " Bo "}, headers=own)
    assert (changed.status_code, changed.json()["worker"]) == (200, "Bo")
    assert outside.get("/v1/devices/me", headers=own).json()["device"]["worker"] == "Bo"
    # What was said before was said by whom it was.
    assert colours.get(path).json()["confirmation"]["worker"] == "Ana Ruiz"
    outside.post(f"{path}/confirmation", json={"outcome": "none_of_these"}, headers=own)
    assert colours.get(path).json()["confirmation"]["worker"] == "Bo"
    assert "worker" not in outside.put("/v1/devices/me/worker", json={}, headers=own).json()
    assert code_of(colours.put("/v1/devices/me/worker", json={"worker": "x"})) == (404, "device_not_found")
    assert code_of(outside.put("/v1/devices/me/worker", json={"worker": "\n"}, headers=own))[0] == 400


def test_a_name_in_the_word_goes_before_the_devices(settings: Settings, colours: Client, outside: Client) -> None:
    _, token = made_device(settings, "lookup", worker="Ana Ruiz")
    path = f"/v1/lookups/{asked(outside, picture('red'), token=token)}"

    def named(**said: str) -> str | None:
        answer = outside.post(f"{path}/confirmation", json=said, headers=bearer(token))
        assert (answer.status_code, "worker" in answer.json()) == (200, False)
        worker: str | None = colours.get(path).json()["confirmation"].get("worker")
        return worker

    assert named(outcome="unsure", worker="Bo") == "Bo"
    assert named(outcome="none_of_these") == "Ana Ruiz"
    assert named(outcome="unsure", worker="") is None
