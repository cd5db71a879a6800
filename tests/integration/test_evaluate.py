"""``photocode evaluate`` from a folder or a catalog to its report."""

import io
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from mobile_contract.lookups import Lookup
from service.bootstrap import Given, Services, open_services
from service.evaluation.asking import rotated
from service.evaluation.errors import EvaluationError
from service.evaluation.options import Options
from service.evaluation.page import draw_page
from service.evaluation.run import ChannelSets, Evaluation, evaluate
from service.recognition.channels import ALL, Channel
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.conftest import Client
from tests.pictures import encoded, picture

COLOURS = ("red", "lime", "blue", "yellow", "magenta", "cyan", "navy", "maroon", "olive", "teal")
DISTRACTORS = ("tan", "plum", "orange", "indigo")
IMAGE = frozenset({Channel.IMAGE})


def fake_services(settings: Settings) -> AbstractAsyncContextManager[Services]:
    """Services that know colours and blocks of pixels only."""
    return open_services(settings, Given(engine=FakeEngine(), surface=FakeSurface()))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten products with a reference and two photos each, three strangers, four distractors."""
    rows = [("path", "label", "role", "set", "group")]
    for number, colour in enumerate(COLOURS):
        group = "warm" if number % 2 == 0 else "cold"
        save(tmp_path / f"set/{colour}.png", picture(colour, form="PNG"))
        rows.append((f"{colour}.png", colour, "reference", "studio", group))
        for mark in (9, 18):
            save(tmp_path / f"set/{colour}-{mark}.jpg", picture(colour, mark=mark, size=(240, 180)))
            rows.append((f"{colour}-{mark}.jpg", colour, "query", "field", group))
    save(tmp_path / "set/manifest.csv", table(rows))
    products = [("label", "part_number", "name")] + [(colour, f"N-{colour}", f"{colour} part") for colour in COLOURS]
    save(tmp_path / "set/products.csv", table(products))
    for name, colours in (
        ("strangers", ("white", "black", "gray")),
        ("distractors", ("tan", "plum", "orange", "indigo")),
    ):
        for colour in colours:
            save(tmp_path / name / f"{colour}.jpg", picture(colour))
    return tmp_path


def save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def table(rows: Sequence[tuple[str, ...]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in rows).encode()


def add_rows(folder: Path, *rows: str) -> None:
    manifest = folder / "set/manifest.csv"
    manifest.write_text(manifest.read_text() + "".join(f"{row}\n" for row in rows))


Run = Callable[..., Evaluation]


@pytest.fixture
def run(postgres: str, folder: Path, tmp_path: Path) -> Run:
    """Evaluate the folder, on a fresh database of the test server: starting one for each would take its time."""

    def run(*, sheet: bool = False, channel_sets: ChannelSets = (ALL,), **options: Any) -> Evaluation:
        with fresh_database(postgres) as url, tempfile.TemporaryDirectory(dir=tmp_path) as data:
            settings = Settings(
                database_url=url, data=Path(data), connections=4, text="off", calibrate="off", self_test="off"
            )
            asked = Options(folder=str(folder / "set"), **options)
            return evaluate(
                asked, settings, channel_sets=channel_sets, sheet=sheet, opened=fake_services, scratch=settings
            )

    return run


def figures(found: Evaluation) -> dict[str, Any]:
    """The report's JSON, without what differs from run to run by its nature."""
    decoded: dict[str, Any] = msgspec.json.decode(found.report.to_json())
    return {name: value for name, value in decoded.items() if name not in ("latency_ms", "machine")}


def test_a_folder_is_imported_asked_and_counted(folder: Path, scratch: Path) -> None:
    steps: dict[str, tuple[int, int]] = {}

    def progress(step: str, done: int, total: int) -> None:
        assert done >= steps.get(step, (0, 0))[0]
        steps[step] = (done, total)

    options = Options(
        folder=str(folder / "set"),
        strangers=str(folder / "strangers"),
        distractors=str(folder / "distractors"),
        leave_out=0.2,
        seed=4,
    )
    found = evaluate(
        options,
        Settings(connections=4, text="off", calibrate="off", self_test="off"),
        progress=progress,
        opened=fake_services,
    )
    told = figures(found)
    assert told["queries"] == {"present": 16, "left_out": 4, "strangers": 3, "failed": 0}
    assert told["products"] == {"total": 12, "references": 12, "distractors": 4, "left_out": 2, "asked": 10}
    assert told["recall_at_1"]["value"] == told["mrr"]["value"] == 1.0
    assert told["recall_at_1"]["low"] == pytest.approx(0.794, abs=0.001)  # Clopper and Pearson's for 16 of 16
    assert {kind: sum(counts.values()) for kind, counts in told["verdicts"].items()} == {
        "present": 16,
        "left_out": 4,
        "strangers": 3,
    }
    assert told["verdicts"]["strangers"]["match"] == 0
    assert (told["stranger_match_rate"]["strangers"]["value"], told["ece"]) == (0.0, None)
    assert (told["bundle"]["name"], told["channels"]) == (
        "fake",
        ["barcode", "geometry", "image", "reading", "size", "surface", "text"],
    )
    assert (told["options"]["leave_out"], told["seed"], told["problems"]) == (0.2, 4, [])
    assert found.report.latency_ms["total"].photos == 23
    assert steps == {
        "importing products": (12, 12),
        "describing surfaces": (12, 12),
        "looking at pictures": (12, 12),
        "asking photos": (23, 23),
    }
    assert told["vocabulary"] == "blocks"
    assert list(scratch.iterdir()) == []


def test_the_same_seed_gives_the_same_figures(run: Run, folder: Path) -> None:
    options: dict[str, Any] = {"leave_out": 0.4, "limit_queries": 9, "strangers": str(folder / "strangers")}
    first = run(seed=1, **options)
    assert figures(first) == figures(run(seed=1, **options))
    assert figures(first) != figures(run(seed=2, **options)) | {"seed": 1, "options": figures(first)["options"]}


def test_a_group_is_asked_of_all_products_and_turned(run: Run) -> None:
    told = figures(run(group="cold", references="studio", rotate=90))
    assert told["queries"]["present"] == 10
    assert told["products"] == {"total": 10, "references": 10, "distractors": 0, "left_out": 0, "asked": 5}
    assert told["recall_at_1"]["value"] == 1.0


def test_photos_of_a_product_are_asked_together(run: Run) -> None:
    told = figures(run(together=2))
    assert told["queries"]["present"] == 10
    assert told["recall_at_1"]["value"] == 1.0


def test_what_a_manifest_says_is_typed_beside_the_photo(run: Run, folder: Path) -> None:
    """Every photo with the part number of the product after it: some of those are found."""
    manifest = folder / "set/manifest.csv"
    following = dict(zip(COLOURS, (*COLOURS[1:], COLOURS[0]), strict=True))
    head, *rows = manifest.read_text().splitlines()
    manifest.write_text(
        "\n".join([f"{head},text", *(f"{row},N-{following[row.split(',')[1]]}" for row in rows)]) + "\n"
    )
    assert figures(run())["recall_at_1"]["value"] == 1.0
    assert figures(run(typed=True))["recall_at_1"]["value"] < 1.0


def test_pictures_that_cannot_be_read_are_told_and_the_rest_is_evaluated(run: Run, folder: Path) -> None:
    (folder / "set/red.png").write_bytes(b"no picture")
    (folder / "set/lime.png").unlink()
    (folder / "set/blue-9.jpg").unlink()
    (folder / "set/cyan-9.jpg").write_bytes(b"no picture either")
    told = figures(run())
    assert told["queries"] == {"present": 14, "left_out": 4, "strangers": 0, "failed": 2}
    said = "\n".join(told["problems"])
    for name in ("red.png", "lime.png", "blue-9.jpg", "cyan-9.jpg"):
        assert said.count(name) == 1, said
    assert told["recall_at_1"]["value"] == 1.0


def test_channels_are_compared_on_the_same_photos(run: Run, folder: Path) -> None:
    add_rows(folder, "red-9.jpg,blue,query,field,warm")  # so that not all is right
    nothing = frozenset({Channel.SURFACE})
    found = run(channel_sets=(IMAGE, nothing))
    told = figures(found)
    assert (told["channels"], [one["channels"] for one in told["ablation"]]) == (["image"], [["surface"]])
    compared = told["ablation"][0]["figures"]["recall_at_1"]
    assert compared["value"]["value"] == 0.0
    assert compared["difference"]["value"] == pytest.approx(-20 / 21)
    assert compared["difference"]["high"] < -0.7
    first_full = figures(run(channel_sets=(IMAGE, ALL)))
    assert first_full["channels"] == ["barcode", "geometry", "image", "reading", "size", "surface", "text"]


def test_the_page_holds_everything(run: Run, folder: Path) -> None:
    add_rows(folder, "red-9.jpg,blue,query,field,warm")
    strangers = str(folder / "strangers")
    found = run(sheet=True, strangers=strangers, channel_sets=(ALL, IMAGE))
    (mistake,) = found.mistakes
    assert (mistake.answered, mistake.truth, mistake.verdict) == ("red part N-red", "blue part N-blue", "match")
    page = draw_page(found)
    assert page.count("<svg role=") == 3
    for name in ("recall", "scores", "risk"):
        assert f'aria-label="{name}"' in page
    assert page.count("data:image/jpeg;base64,") == 3
    assert "currentColor" in page
    assert 'name="viewport"' in page
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)
    assert "right first" in page
    assert draw_page(found) == page


def test_a_probability_is_drawn(run: Run, folder: Path) -> None:
    found = run(strangers=str(folder / "strangers"))
    sure = msgspec.structs.replace(found.report, notes=["<script>"])
    outcomes = tuple(type(one)(**{**vars(one), "probabilities": one.scores.clip(0, 1)}) for one in found.outcomes)
    page = draw_page(Evaluation(report=sure, outcomes=outcomes, mistakes=[]))
    assert 'aria-label="reliability"' in page
    assert "&lt;script&gt;" in page


@pytest.mark.usefixtures("unhurried_keeper")
def test_a_catalogs_confirmed_photos_are_asked_again(colours: Client, settings: Settings) -> None:
    def look_up(colour: str, mark: int, outcome: str | None, part_number: str | None = None) -> Lookup:
        answer = colours.post(
            "/v1/catalogs/colours/lookups", content=picture(colour, mark=mark), headers={"Content-Type": "image/jpeg"}
        )
        found = msgspec.json.decode(answer.content, type=Lookup)
        words = [outcome] if outcome else []
        for word in words:
            body = {"outcome": word} | ({"partNumber": part_number} if part_number else {})
            assert colours.post(f"/v1/lookups/{found.id}/confirmation", json=body).status_code in (200, 201)
        return found

    look_up("red", 9, "confirmed", "P-red")
    look_up("lime", 9, "confirmed", "P-lime")
    wrong = look_up("blue", 9, "confirmed", "P-red")
    assert colours.post(
        f"/v1/lookups/{wrong.id}/confirmation", json={"outcome": "confirmed", "partNumber": "P-blue"}
    ).status_code in (200, 201)
    look_up("black", 9, "none_of_these")
    look_up("cyan", 9, "unsure")
    look_up("yellow", 9, None)
    look_up("magenta", 0, "confirmed", "P-magenta")  # the very bytes of a reference
    beside = Image.new("RGB", (200, 100), "cyan")
    beside.paste("yellow", (150, 0, 200, 100))
    region = colours.post(
        "/v1/catalogs/colours/lookups?region=0.75,0,0.25,1",
        content=encoded(beside),
        headers={"Content-Type": "image/jpeg"},
    ).json()
    said = {"outcome": "confirmed", "partNumber": "P-yellow"}
    assert colours.post(f"/v1/lookups/{region['id']}/confirmation", json=said).status_code == 200
    found = evaluate(Options(catalog="colours"), settings, sheet=True, opened=fake_services)
    told = figures(found)
    assert told["queries"] == {"present": 4, "left_out": 0, "strangers": 1, "failed": 0}
    assert told["recall_at_1"]["value"] == 1.0
    # Two photos of which the first one alone would be wrong, and a photo with a hint that its colour contradicts.
    files = [("photo", (f"{mark}.jpg", picture(colour, mark=mark))) for colour, mark in (("lime", 40), ("blue", 41))]
    several = colours.post(
        "/v1/catalogs/colours/lookups", files=[*files, ("photo", ("c.jpg", picture("blue", mark=42)))]
    )
    hinted = colours.post(
        "/v1/catalogs/colours/lookups?text=P-cyan",
        content=picture("gray", mark=43),
        headers={"Content-Type": "image/jpeg"},
    )
    for answer, number in ((several, "P-blue"), (hinted, "P-cyan")):
        word = {"outcome": "confirmed", "partNumber": number}
        assert colours.post(f"/v1/lookups/{answer.json()['id']}/confirmation", json=word).status_code == 200
    told = figures(evaluate(Options(catalog="colours"), settings, opened=fake_services))
    assert told["queries"]["present"] == 6
    assert told["recall_at_1"]["value"] == 1.0
    with pytest.raises(EvaluationError, match="no catalog 'colour'"):
        evaluate(Options(catalog="colour"), settings, opened=fake_services)


def test_a_catalog_without_confirmations_is_said(colours: Client, settings: Settings) -> None:
    with pytest.raises(EvaluationError, match="no confirmed lookup whose photo was kept"):
        evaluate(Options(catalog="colours"), settings, opened=fake_services)


def test_turning_keeps_every_pixel() -> None:
    for degrees, size in ((90, (120, 160)), (180, (160, 120)), (45, (199, 199))):
        turned = rotated(picture("red"), degrees)
        with Image.open(io.BytesIO(turned)) as image:
            assert image.size == pytest.approx(size, abs=2)
