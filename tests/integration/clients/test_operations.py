"""What the Python clients do, both of them, against a running service."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import UNSET

from mobile_contract.catalogs import Enrichment, Product
from mobile_contract.clients.python import Conflict, Denied, NotFound, PhotocodeError, PhotoUnusable, Refused
from mobile_contract.confirmations import Outcome
from mobile_contract.imports import ImportStatus
from mobile_contract.lookups import Lookup, Verdict
from mobile_contract.photos import Region
from mobile_contract.tags import Tag
from tests.enrolments import enrolment
from tests.integration.clients.conftest import Awaited, Service
from tests.pictures import COLOURS, archive, colour_catalog, picture

Connect = Callable[..., Any]


def test_a_photo_is_looked_up_as_path_bytes_or_file(connect: Connect, tmp_path: Path) -> None:
    photocode = connect()
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("red"))
    for photo in (path, str(path), picture("red"), io.BytesIO(picture("red"))):
        answer = photocode.look_up("colours", photo)
        assert isinstance(answer, Lookup)
        assert (answer.verdict, answer.candidates[0].part_number) == (Verdict.MATCH, "P-red")


def test_options_reach_the_service(connect: Connect) -> None:
    photocode = connect()
    red = picture("red")
    odd = photocode.look_up("colours", red, categories=["odd"], limit=2, facets=["category"])
    assert [one.category for one in odd.candidates] == ["odd", "odd"]
    assert odd.facets[0].field == "category"
    lime = photocode.look_up("colours", red, metadata={"finish": ["lime"]})
    assert [one.part_number for one in lime.candidates] == ["P-lime"]
    part = photocode.look_up("colours", red, region=(0.1, 0.2, 0.5, 0.5), channels=["image"])
    assert part.photo.region == Region(x=0.1, y=0.2, width=0.5, height=0.5)
    again = photocode.look_up("colours", photo_of=part, labels="category")
    assert (again.photo.sha256, again.labels.by) == (part.photo.sha256, "category")
    assert photocode.look_up("colours", red, tags=True).tags == []
    assert photocode.look_up("colours", red, red, red, red, red).further_photos[3].format == "jpeg"
    assert photocode.look_up("colours", text="P-blue").candidates[0].part_number == "P-blue"


def test_what_cannot_be_sent_is_said_before_it_is(connect: Connect, service: Service, tmp_path: Path) -> None:
    photocode = connect()
    service.line.seen.clear()
    for photos in ([picture("red")] * 6, [b""], [tmp_path / "none.jpg"]):
        with pytest.raises(PhotoUnusable):
            photocode.look_up("colours", *photos)
    with pytest.raises(PhotoUnusable):
        photocode.teach_product("colours", "N", "nothing")
    for wrong in ({"limit": 0}, {"channels": ["smell"]}, {"labels": "colour"}, {"region": (0, 0, 2, 2)}):
        with pytest.raises(ValueError, match=r"[Ee]xpected|smell"):
            photocode.look_up("colours", picture("red"), **wrong)
    assert not service.line.seen


def test_the_workers_word_is_kept(connect: Connect) -> None:
    photocode = connect()
    answer = photocode.look_up("colours", picture("red"))
    kept = photocode.confirm(answer, "P-red", idempotency_key=f"word-{answer.id}")
    assert (kept.outcome, kept.part_number) == (Outcome.CONFIRMED, "P-red")
    assert photocode.confirm(answer.id, "P-red", idempotency_key=f"word-{answer.id}") == kept
    assert photocode.get_lookup(answer.id).confirmation == kept
    assert photocode.confirm(str(answer.id), outcome="none_of_these").outcome is Outcome.NONE_OF_THESE
    assert photocode.confirm(answer, outcome=Outcome.UNSURE).outcome is Outcome.UNSURE
    for wrong in ({}, {"part_number": "P-red", "outcome": "unsure"}, {"outcome": "confirmed"}, {"outcome": "maybe"}):
        with pytest.raises(ValueError, match=r"part number|maybe"):
            photocode.confirm(answer, **wrong)


def test_further_candidates_come_page_by_page(connect: Connect, service: Service) -> None:
    photocode = connect()
    answer = photocode.look_up("colours", picture("red"), limit=1)
    service.line.seen.clear()
    further = list(photocode.further_candidates(answer, limit=2))
    assert [one.rank for one in further] == [2, 3, 4, 5, 6]
    assert len(service.line.seen) == 3
    assert {one.part_number for one in (*answer.candidates, *further)} == {f"P-{colour}" for colour in COLOURS}
    assert photocode.candidates_page(answer, limit=3).candidates == [*answer.candidates, *further[:2]]


def test_products_are_read_compared_and_counted(connect: Connect) -> None:
    photocode = connect()
    red = photocode.product("colours", "P-red")
    assert isinstance(red, Product)
    assert photocode.reference_picture(red.reference_images[0]).startswith(b"\xff\xd8")
    near = photocode.similar("colours", "P-red", limit=2, categories=["odd"], facets=["finish"])
    assert (len(near.products), near.facets[0].field) == (2, "finish")
    rest = photocode.similar("colours", reference=red.reference_images[0], limit=2, after=near.next)
    assert rest.products
    counted = photocode.facets("colours", keys=["finish"], metadata={"finish": ["red", "lime"]})
    assert (counted.products, [one.field for one in counted.facets]) == (2, ["category", "finish"])


def test_a_catalog_is_made_and_set(connect: Connect) -> None:
    photocode = connect()
    name = f"made-{id(photocode)}"
    made = photocode.create_catalog(name, "Made here")
    assert photocode.catalog(name) == made
    assert name in [one.name for one in photocode.catalogs()]
    assert photocode.put_tags(name, ["rusty", Tag(tag="new", prompts=["a new thing"])]) == photocode.tags(name)
    assert photocode.put_calibration(name, wrong_matches=0.02) == photocode.calibration(name)
    assert photocode.ready().ready
    with pytest.raises(Conflict) as taken:
        photocode.create_catalog(name)
    assert taken.value.code == "catalog_exists"


def test_what_is_taught_is_found(connect: Connect) -> None:
    photocode = connect()
    name = f"desk-{id(photocode)}"
    photocode.create_catalog(name)
    number = "D/1//a b+ä?#"
    said = {"category": "office", "description": "black", "metadata": {"size": "26/6"}}
    taught = photocode.teach_product(name, number, "Stapler", picture("red"), picture("red", mark=9), **said)
    assert (taught.part_number, taught.category, taught.metadata) == (number, "office", {"size": "26/6"})
    assert len(photocode.add_references(name, number, picture("red", mark=30)).reference_images) == 3
    assert photocode.product(name, number).name == "Stapler"
    assert photocode.look_up(name, picture("red", mark=50)).candidates[0].part_number == number
    seen: list[Enrichment] = []
    described = photocode.wait_for_surfaces(name, watch=seen.append, poll=0.02)
    assert (described.enrichment.enriched, described.enrichment.pending, described.enrichment) == (3, 0, seen[-1])
    with pytest.raises(Conflict) as taken:
        photocode.teach_product(name, number, "another", picture("blue"))
    assert taken.value.code == "product_exists"


def test_an_import_is_watched_to_its_end(connect: Connect, tmp_path: Path) -> None:
    photocode = connect()
    name = f"import-{id(photocode)}"
    photocode.create_catalog(name)
    upload = tmp_path / "colours.zip"
    upload.write_bytes(colour_catalog())
    sent: list[tuple[int, int]] = []
    states: list[ImportStatus] = []
    started = photocode.start_import(name, upload, progress=lambda *one: sent.append(one))
    ended = photocode.wait_for_import(started, watch=states.append, poll=0.02)
    assert (ended.counters.created, ended.counters.failed) == (6, 0)
    assert sent[-1] == (upload.stat().st_size,) * 2
    assert (states[0], states[-1]) == (started, ended)
    broken = archive("part_number,name,pictures\nA,a,none.jpg\n,b,\n")
    status = photocode.wait_for_import(photocode.start_import(name, broken), poll=0.02)
    assert [error.line for error in status.errors] == [2, 3]
    assert photocode.get_import(name, ended.id).counters == ended.counters
    with pytest.raises(Refused) as refused:
        photocode.start_import(name, b"no archive")
    assert refused.value.code == "import_archive_invalid"


def test_refusals_say_what_is_wrong(connect: Connect) -> None:
    photocode = connect()
    with pytest.raises(NotFound) as missing:
        photocode.look_up("none", picture("red"))
    assert (missing.value.code, missing.value.status, missing.value.tries) == ("catalog_not_found", 404, 1)
    assert missing.value.request_id
    with pytest.raises(Refused) as wrong:
        photocode.look_up("colours", picture("red"), b"no photo")
    assert (wrong.value.code, [one.field for one in wrong.value.errors]) == ("photo_format_unsupported", ["photo[1]"])
    assert "photo[1]" in str(wrong.value)
    assert wrong.value.detail
    assert isinstance(wrong.value, PhotocodeError)


def test_a_device_is_enrolled_once_and_let_in_by_its_token(connect: Connect, service: Service) -> None:
    photocode, token = connect(), enrolment(service.database_url)
    assert photocode.own_access().access == "loopback"
    device = photocode.enrol_device(token, "Ana's tablet")
    assert device.name == "Ana's tablet"
    with httpx.Client(base_url=service.url, headers={"X-Forwarded-For": "192.0.2.7"}) as outside:
        assert outside.get("/v1/devices/me").status_code == 401
        bearer = {"Authorization": f"Bearer {device.token}"}
        assert outside.get("/v1/devices/me", headers=bearer).json()["device"]["id"] == str(device.id)
    with pytest.raises(Denied) as used:
        photocode.enrol_device(token, "another")
    assert used.value.code == "enrolment_token_invalid"


def test_the_client_has_every_operation_of_the_contract() -> None:
    document = json.loads((Path(__file__).parents[3] / "mobile_contract" / "openapi.json").read_bytes())
    operations = {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
    sources = (Path(__file__).parents[3] / "mobile_contract" / "clients" / "python").glob("*.py")
    spoken = "".join(path.read_text() for path in sources)
    # Of imports it asks again and again, which needs no line that is held open.
    assert {name for name in operations if f'"{name}"' not in spoken} == {"getLiveness", "watchImport"}


def from_outside(client: Any) -> Any:
    """The client, as if it asked through a proxy."""
    inner = client._client if isinstance(client, Awaited) else client
    inner._http.headers["X-Forwarded-For"] = "192.0.2.7"
    return client


def test_an_administrator_manages_keys_and_devices_and_a_program_uses_its_key(
    connect: Connect, service: Service
) -> None:
    admin = connect()
    made = admin.create_key("ERP", ["catalog:read", "lookup"], catalogs=["colours"], days=30)
    assert (made.scopes, made.catalogs, made.state) == (["lookup", "catalog:read"], ["colours"], "live")
    program = from_outside(connect(token=made.key))
    assert program.own_access().key.id == made.id
    assert [one.name for one in program.catalogs()] == ["colours"]
    answer = program.look_up("colours", picture("red"))
    program.erase_photos(answer)
    with pytest.raises(Denied) as denied:
        program.access_keys()
    assert denied.value.code == "scope_missing"
    new = admin.rotate_key(made.id, overlap_hours=0)
    assert admin.access_key(made.id).state == "expired"
    admin.revoke_key(new.id)
    assert {one.state for one in admin.access_keys() if one.client == "ERP"} == {"expired", "revoked"}
    begun = admin.begin_enrolment(worker="Ana Ruiz")
    device = program.enrol_device(begun.enrolment_token, "Ana's phone")
    phone = from_outside(connect(token=device.token))
    assert phone.own_access().device.worker == "Ana Ruiz"
    assert phone.put_own_worker("Bo").worker == "Bo"
    assert phone.erase_own_photos() == admin.erase_device_photos(device.id) == 0
    admin.revoke_device(device.id)
    assert [one.revoked_at is not UNSET for one in admin.devices() if one.id == device.id] == [True]
    page = admin.audit_page(limit=2)
    assert [one.operation for one in page.entries] == ["revokeDevice", "eraseDevicePhotos"]
    assert admin.audit_page(page.next, limit=1, operation="putOwnWorker").entries[0].subject == f"device:{device.id}"


def test_what_a_client_may_ask_is_set_seen_and_cleared(connect: Connect) -> None:
    photocode = connect()
    assert photocode.set_limits("local", rate=600).rate == 600
    assert photocode.limits_of("local").own_rate == 600
    assert [one.subject for one in photocode.limits()] == ["local"]
    photocode.clear_limits("local")
    assert photocode.limits_of("local").rate == 0
