"""What the Python clients do, both of them, against a running service."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import UNSET

from mobile_contract.catalogs import Enrichment, Product
from mobile_contract.clients.python import Conflict, Denied, NotFound, PhotocodeError, PhotoUnusable, Refused
from mobile_contract.confirmations import Outcome
from mobile_contract.import_previews import ImportPreview, PreviewState
from mobile_contract.imports import ImportMode, ImportStatus
from mobile_contract.lookups import Lookup, Verdict
from mobile_contract.photos import Region
from mobile_contract.products import ProductChange, ProductContent, UpsertProduct
from mobile_contract.self_tests import SelfTestState
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
    photocode.confirm(answer, outcome="unsure", worker="Ana Ruiz")
    assert photocode.get_lookup(answer.id).confirmation.worker == "Ana Ruiz"
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
        photocode.start_import(name, b"PK no archive")
    assert refused.value.code == "import_archive_invalid"


SLASHED = "D/1//a b+ä?#"


def test_products_are_written_listed_removed_and_restored(connect: Connect) -> None:
    photocode = connect()
    name = f"kept-{id(photocode)}"
    photocode.create_catalog(name)
    before = datetime.now(UTC)
    said = ProductContent(name="Stapler", category="office", metadata={"size": "26/6"})
    made = photocode.put_product(name, SLASHED, said, only_new=True)
    assert (made.part_number, made.name, made.metadata) == (SLASHED, "Stapler", {"size": "26/6"})
    with pytest.raises(Refused) as there:
        photocode.put_product(name, SLASHED, said, only_new=True)
    assert there.value.code == "precondition_failed"
    product, etag = photocode.product_tagged(name, SLASHED)
    assert product == made
    changed = photocode.change_product(name, SLASHED, ProductChange(category=""), if_match=etag)
    assert (changed.name, changed.category) == ("Stapler", UNSET)
    for late in (photocode.remove_product, lambda *at, **given: photocode.put_product(*at, said, **given)):
        with pytest.raises(Refused) as changed_since:
            late(name, SLASHED, if_match=etag)
        assert changed_since.value.code == "precondition_failed"
    items = [UpsertProduct(part_number=one, name=one, metadata={"of": one}) for one in ("A", "B", "A")]
    written = photocode.upsert_products(name, items, idempotency_key=f"items-{name}")
    assert (written.created, [(one.index, one.code) for one in written.errors]) == (2, [(2, "part_number_repeated")])
    assert photocode.upsert_products(name, items, idempotency_key=f"items-{name}") == written
    page = photocode.products_page(name, limit=2, updated_since=before, facets=["of"])
    assert ([one.part_number for one in page.products], page.facets[0].field) == (["A", "B"], "of")
    assert [one.part_number for one in photocode.products_page(name, page.next).products] == [SLASHED]
    assert [one.part_number for one in photocode.products_page(name, metadata={"of": ["B"]}).products] == ["B"]
    for number in ("A", SLASHED):
        photocode.remove_product(name, number)
    gone = photocode.removed_products(name, limit=1)
    assert [one.part_number for one in gone.products] == ["A"]
    assert [one.part_number for one in photocode.removed_products(name, gone.next).products] == [SLASHED]
    assert photocode.restore_product(name, SLASHED).name == "Stapler"
    photocode.purge_product(name, "A")
    assert photocode.removed_products(name).products == []
    photocode.remove_product(name, SLASHED, if_match=photocode.product_tagged(name, SLASHED).etag)
    photocode.purge_product(name, SLASHED)
    for missing in (photocode.restore_product, photocode.purge_product, photocode.remove_product):
        with pytest.raises(NotFound):
            missing(name, SLASHED)


def test_pictures_are_uploaded_placed_and_deleted(connect: Connect) -> None:
    photocode = connect()
    name = f"shown-{id(photocode)}"
    photocode.create_catalog(name)
    uploaded = photocode.upload_pictures(name, *(picture("red", mark=mark) for mark in range(1, 9)))
    assert [one.media_type for one in uploaded] == ["image/jpeg"] * 8
    with pytest.raises(PhotoUnusable):
        photocode.upload_pictures(name)
    with pytest.raises(PhotoUnusable):
        photocode.upload_pictures(name, *[picture("red")] * 9)
    with pytest.raises(Refused):
        photocode.upload_pictures(name, b"no picture")
    table = f'part_number,name,pictures\n{SLASHED},Stapler,"{uploaded[0].name};{uploaded[7].name}"\n'
    ended = photocode.wait_for_import(photocode.start_import(name, table.encode()), poll=0.02)
    assert (ended.counters.created, ended.errors) == (1, [])
    first, second = photocode.references(name, SLASHED)
    assert (first.part_number, first.import_id) == (SLASHED, ended.id)
    assert photocode.reference_picture(first.id) == picture("red", mark=1)
    assert photocode.place_reference(name, second, 0).id == second.id
    assert [one.id for one in photocode.references(name, SLASHED)] == [second.id, first.id]
    assert photocode.reference(name, str(first.id)).byte_count == first.byte_count
    photocode.delete_reference(name, first)
    with pytest.raises(NotFound) as missing:
        photocode.reference(name, first.id)
    assert missing.value.code == "reference_not_found"


def test_a_catalog_is_exported_previewed_imported_tested_and_removed(connect: Connect) -> None:
    photocode = connect()
    name = f"moved-{id(photocode)}"
    photocode.create_catalog(name)
    whole = photocode.export_catalog("colours", table="csv")
    with zipfile.ZipFile(io.BytesIO(whole)) as zipped:
        assert "products.csv" in zipped.namelist()
    assert len(photocode.export_catalog("colours", "jsonl").splitlines()) == len(COLOURS)
    begun = photocode.preview_import(name, whole, mode=ImportMode.SYNC)
    assert isinstance(begun, ImportPreview)
    preview = photocode.wait_for_preview(begun, poll=0.02, timeout=60)
    assert preview == photocode.import_preview(name, str(begun.id))
    assert (preview.state, preview.mode) == (PreviewState.COMPLETED, ImportMode.SYNC)
    assert (preview.report.counters.created, preview.report.counters.new_pictures) == (6, 6)
    assert photocode.products_page(name).products == []
    started = photocode.apply_preview(preview, max_removed=0.5)
    assert photocode.apply_preview(preview).id == started.id
    assert photocode.wait_for_import(started, poll=0.02).counters.created == 6
    tested = photocode.wait_for_self_test(photocode.start_self_test(name), poll=0.02, timeout=60)
    assert (tested.state, tested.report.counters.products) == (SelfTestState.COMPLETED, 6)
    assert photocode.self_test(name).catalog == name
    photocode.remove_catalog(name)
    for gone in (photocode.self_test, photocode.catalog, photocode.export_catalog, photocode.remove_catalog):
        with pytest.raises(NotFound) as missing:
            gone(name)
        assert missing.value.code == "catalog_not_found"


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
    # Of imports it asks again and again, which needs no line of server-sent events that is held open.
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
