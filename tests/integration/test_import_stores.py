"""Several workers, pictures in an S3-compatible store: a real S3 API server, spoken to over HTTP."""

import time
from collections.abc import Iterator

import boto3
import msgspec
import pytest
from click.testing import CliRunner
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from service.cli import main
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.pictures import colour_catalog, picture

BUCKET = "catalog-pictures"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket, and what is in the environment of who may use it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        credentials = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for name, value in credentials.items():
            monkeypatch.setenv(name, value)
        boto3.client("s3", endpoint_url=credentials["AWS_ENDPOINT_URL"]).create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}/site"
    finally:
        server.stop()


def test_a_worker_elsewhere_carries_an_import_out_of_an_s3_store(settings: Settings, bucket: str) -> None:
    service = msgspec.structs.replace(settings, pictures=bucket, worker="off")
    elsewhere = msgspec.structs.replace(settings, pictures=bucket, data=settings.data / "elsewhere")
    with (
        TestClient(create_app(service, FakeEngine())) as client,
        TestClient(create_app(elsewhere, FakeEngine())),
    ):
        client.post("/v1/catalogs", json={"name": "c"})
        started = client.post("/v1/catalogs/c/imports", files={"archive": ("c.zip", colour_catalog())})
        begun = time.monotonic()
        while (status := client.get(started.headers["Location"]).json())["state"] != "completed":
            assert time.monotonic() < begun + 60, status
            time.sleep(0.05)
        assert (status["counters"]["created"], status["errors"]) == (6, [])
        (reference,) = client.get("/v1/catalogs/c/products/P-red").json()["referenceImages"]
        assert client.get(reference["imageUrl"]).content == picture("red")
        found = client.post("/v1/catalogs/c/lookups", files={"photo": ("p.jpg", picture("red", mark=9))}).json()
        assert found["candidates"][0]["partNumber"] == "P-red"


def test_a_worker_does_not_start_on_a_folder_that_others_may_not_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOCODE_DATA", "/nowhere")
    shown = CliRunner().invoke(main, ["worker"])
    assert shown.exit_code == 2
    assert "--shared-folder" in shown.output
    assert "S3" in shown.output
