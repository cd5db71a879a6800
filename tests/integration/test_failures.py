"""What goes wrong inside is told by code, can be retried, and says nothing of the inside."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy.engine import make_url

from service.recognition.embedding.fake import FakeEngine
from service.recognition.embedding.overload import Overloaded
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import archive, colour_catalog, picture

PATIENCE = 20.0
LOOKUPS = "/v1/catalogs/c/lookups"
JPEG = {"Content-Type": "image/jpeg"}


class FailingEngine(FakeEngine):
    """Fails as often as it is told to, then works."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__()
        self.failures = list(failures)

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        if self.failures:
            raise self.failures.pop(0)
        return await super().embed_image(image, deadline=deadline)


class PoisonedEngine(FakeEngine):
    """Breaks on black pictures in a way that nobody foresaw."""

    async def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        for image in images:
            if image.getpixel((image.width // 2, image.height // 2)) == (0, 0, 0):
                raise ZeroDivisionError("black")
        return await super().embed_images(images)


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Overloaded("full"), 503, "overloaded"),
        (TimeoutError(), 503, "timed_out"),
        (RuntimeError("SELECT secret FROM /etc/passwd"), 500, "internal_error"),
    ],
)
def test_a_transient_failure_frees_the_key_and_shows_nothing(
    settings: Settings, failure: Exception, status: int, code: str
) -> None:
    app = create_app(settings, FailingEngine(failure))
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        headers = {**JPEG, "Idempotency-Key": "k"}
        failed = client.post(LOOKUPS, content=picture("red"), headers=headers)
        assert (failed.status_code, failed.json()["code"]) == (status, code)
        assert ("Retry-After" in failed.headers) == (status == 503)
        assert "secret" not in failed.text
        assert "Traceback" not in failed.text
        again = client.post(LOOKUPS, content=picture("red"), headers=headers)
        assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)


def test_a_database_that_went_away_is_told_and_comes_back_by_itself(
    client: Client, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post("/v1/catalogs", json={"name": "c"})
    name = make_url(database_url).database or ""
    with psycopg.connect(database_url.replace(name, "postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        answers = [client.post(LOOKUPS, content=picture("red"), headers=JPEG) for _ in range(6)]
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(503, "unavailable")}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert client.get("/livez").status_code == 200
        logged, give_up = "", time.monotonic() + PATIENCE
        while "enrichment failed; trying again" not in logged and time.monotonic() < give_up:
            time.sleep(0.1)
            logged += capsys.readouterr().out
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    answers = [client.post(LOOKUPS, content=picture("red"), headers=JPEG) for _ in range(6)]
    assert answers[-1].status_code == 200
    assert client.get("/readyz").status_code == 200
    assert "enrichment failed; trying again" in logged
    assert "Traceback" not in logged, "a line each time is enough"


def test_one_row_that_nobody_foresaw_fails_alone(settings: Settings) -> None:
    table, pictures = "part_number,name,pictures\n", {}
    for i, colour in enumerate(("red", "black", "lime", "blue", "black", "cyan")):
        table += f"P-{i},{colour},{i}.jpg\n"
        pictures[f"{i}.jpg"] = picture(colour, mark=2 * i)
    with TestClient(create_app(settings, PoisonedEngine())) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        files = {"archive": ("c.zip", archive(table, pictures))}
        place = client.post("/v1/catalogs/c/imports", files=files).headers["Location"]
        while (status := client.get(place).json())["state"] != "completed":
            pass
    assert [(e["line"], e["code"]) for e in status["errors"]] == [(3, "internal_error"), (6, "internal_error")]
    assert (status["counters"]["created"], status["counters"]["failed"]) == (4, 2)


def test_an_import_whose_upload_is_gone_fails_as_a_whole_and_says_so(
    settings: Settings, run_import: Callable[..., dict[str, Any]], client: Client
) -> None:
    client.post("/v1/catalogs", json={"name": "c"})
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO import_job (id, catalog_id, state, archive_key) "
            "SELECT gen_random_uuid(), id, 'queued', 'imports/none.zip' FROM catalog"
        )
        fields: dict[str, Any] = {"part_number": "A", "name": "a", "metadata": {}, "pictures": ["a.jpg"]}
        fields |= {"description": None, "category": None, "superseded_by": None}
        connection.execute(
            "INSERT INTO import_item (job_id, line, fields, state, errors) "
            "SELECT id, 2, %s::jsonb, 'pending', '[]' FROM import_job",
            [json.dumps(fields)],
        )
        row = connection.execute("SELECT id FROM import_job").fetchone()
    assert row is not None
    assert run_import("c", colour_catalog())["state"] == "completed"
    status = client.get(f"/v1/catalogs/c/imports/{row[0]}").json()
    assert (status["state"], status["failure"]) == ("failed", "the upload is gone")


def test_hostile_part_numbers_are_read_back_as_they_are(
    client: Client, run_import: Callable[..., dict[str, Any]]
) -> None:
    client.post("/v1/catalogs", json={"name": "c"})
    numbers = ["A/B", "../etc", "a b+c", "ä€𝄞", "100%", "?x=1", "'; DROP TABLE product; --", "a//b", "/a/", "#1"]
    run_import("c", archive("part_number,name\n" + "".join(f'"{n}",x\n' for n in numbers)))
    for number in numbers:
        path = "".join(f"%{byte:02X}" for byte in number.encode())
        answer = client.get(f"/v1/catalogs/c/products/{path}")
        assert answer.status_code == 200, number
        assert answer.json()["partNumber"] == number
