"""What an import would do, before anything is written; and that the import then does that."""

import io
import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from PIL import Image, ImageDraw

from tests.integration.conftest import Client
from tests.pictures import archive, colour_catalog, encoded, picture, printed

Import = Callable[..., dict[str, Any]]
Preview = Callable[..., dict[str, Any]]
PREVIEWS = "/v1/catalogs/c/import-previews"
ZIP = {"Content-Type": "application/zip"}
TALLIED = ("total", "created", "updated", "unchanged", "failed", "withWarnings")


@pytest.fixture
def empty(client: Client) -> Client:
    client.post("/v1/catalogs", json={"name": "c"})
    return client


@pytest.fixture
def preview(client: Client) -> Preview:
    def run(upload: bytes, query: str = "") -> dict[str, Any]:
        started = client.post(f"{PREVIEWS}{query}", content=upload, headers=ZIP)
        assert started.status_code == 202, started.text
        return wait(client, started.headers["Location"])

    return run


def wait(client: Client, place: str) -> dict[str, Any]:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        found: dict[str, Any] = client.get(place).json()
        if found["state"] in ("completed", "failed"):
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def wait_for_looks(url: str) -> None:
    give_up = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM reference_image WHERE look_state = 'pending'").fetchone():
            assert time.monotonic() < give_up
            time.sleep(0.02)


def test_everything_that_would_happen_is_told_and_nothing_has(
    empty: Client, run_import: Import, preview: Preview
) -> None:
    before = (
        "part_number,name,category,size,pictures\nA,a,X,5,r.jpg\nB,b,X,5,b.jpg\nC,c,X,,\nGONE,g,X,,\n",
        {"r.jpg": picture("red"), "b.jpg": picture("blue")},
    )
    run_import("c", archive(*before))
    upload = archive(
        "part_number,name,category,weight,pictures\n"
        "A,renamed,X,7,r.jpg;new.jpg\n"
        "C,c,X,,\n"
        "NEW,n,,,r2.jpg\n"
        ",no number,,,\n"
        "B,b,X,,nowhere.jpg;broken.jpg\n",
        {
            "r.jpg": picture("red"),
            "new.jpg": encoded(printed(1)),
            "r2.jpg": encoded(printed(2)),
            "broken.jpg": picture("lime")[:600],
        },
    )
    stored = [empty.get(f"/v1/catalogs/c/products/{number}").json() for number in ("A", "B", "C", "GONE")]
    found = preview(upload, "?mode=sync")
    assert (found["state"], found["mode"]) == ("completed", "sync")
    report = found["report"]
    told = {name: count for name, count in report["counters"].items() if count}
    assert told == {
        "total": 5,
        "created": 1,
        "updated": 2,
        "unchanged": 1,
        "failed": 1,
        "withWarnings": 1,
        "wouldDelete": 1,
        "newPictures": 2,
    }
    (created,), (first, second) = report["examples"]["created"], report["examples"]["updated"]
    assert created == {"line": 4, "partNumber": "NEW", "name": "n", "pictures": 1}
    assert (first["partNumber"], first["picturesAdded"], first["picturesRemoved"]) == ("A", 1, 0)
    assert first["changes"] == [
        {"field": "name", "old": "a", "new": "renamed"},
        {"field": "metadata.size", "old": "5"},
        {"field": "metadata.weight", "new": "7"},
    ]
    assert (second["partNumber"], second["picturesRemoved"]) == ("B", 0)
    assert report["examples"]["unchanged"] == [{"line": 3, "partNumber": "C"}]
    assert report["examples"]["wouldDelete"] == [{"partNumber": "GONE", "name": "g"}]
    assert report["changedFields"] == {"metadata.size": 2, "name": 1, "metadata.weight": 1, "pictures": 1}
    errors = [(one["line"], one["column"], one["code"]) for one in report["errors"]]
    assert errors == [
        (5, "part_number", "part_number_missing"),
        (6, "pictures", "picture_missing"),
        (6, "pictures", "photo_unreadable"),
    ]
    assert report["detected"] == {
        "format": "csv",
        "table": "products.csv",
        "delimiter": ",",
        "encoding": "utf-8",
        "columns": {
            "part_number": "part_number",
            "name": "name",
            "category": "category",
            "weight": "metadata:weight",
            "pictures": "pictures",
        },
    }
    assert [empty.get(f"/v1/catalogs/c/products/{number}").json() for number in ("A", "B", "C", "GONE")] == stored
    assert empty.get("/v1/catalogs/c").json()["products"] == 4


def test_a_preview_says_what_the_import_then_does(empty: Client, run_import: Import, preview: Preview) -> None:
    for seed in range(8):
        upload = random_upload(random.Random(seed))  # noqa: S311 (seeded)
        report = preview(upload)["report"]
        status = run_import("c", upload)
        assert {name: report["counters"][name] for name in TALLIED} == {
            name: status["counters"][name] for name in TALLIED
        }, seed
        assert report["errors"] == status["errors"], seed


def random_upload(rng: random.Random) -> bytes:
    """A table of some of few part numbers, so that files change what others brought."""
    columns = ["part_number", "name", *(name for name in ("category", "size", "pictures") if rng.random() < 0.8)]
    rng.shuffle(columns)
    drawn = [f"{colour}.jpg" for colour in ("red", "lime", "blue", "yellow")]
    pictures = {name: picture(name.removesuffix(".jpg")) for name in rng.sample(drawn, 3)}
    pictures["cut.jpg"], pictures["empty.jpg"], pictures["text.jpg"] = picture("cyan")[:500], b"", b"no picture"
    names = [*drawn, *drawn, *drawn, "cut.jpg", "empty.jpg", "text.jpg", "nowhere.jpg"]
    lines = [",".join(columns)]
    for number in rng.choices([f"P-{place}" for place in range(8)], k=rng.randint(3, 12)):
        values = {
            "part_number": number if rng.random() < 0.9 else "",
            "name": rng.choice(["bolt", "nut", ""]) if rng.random() < 0.3 else "bolt",
            "category": rng.choice(["Screws", "Nuts", ""]),
            "size": rng.choice(["M6", "M8", ""]),
            "pictures": ";".join(rng.sample(names, rng.randint(0, 3))),
        }
        lines.append(",".join(values[name] for name in columns) + (",more" if rng.random() < 0.1 else ""))
    return archive("\n".join(lines) + "\n", pictures)


def test_copies_are_found_in_the_file_and_the_catalog_and_siblings_are_not(
    empty: Client, run_import: Import, preview: Preview, database_url: str
) -> None:
    label, sibling, other = printed(1), printed(50, band="red"), printed(2)
    run_import(
        "c",
        archive(
            "part_number,name,pictures\nA,a,a.jpg\nB,b,b.jpg\n",
            {
                "a.jpg": encoded(label),
                "b.jpg": encoded(sibling),
            },
        ),
    )
    wait_for_looks(database_url)
    small = label.resize((360, 270))
    trimmed = label.crop((6, 5, 714, 536))
    upload = archive(
        "part_number,name,pictures\nSAME,x,same.jpg\nSMALL,x,small.jpg\nTRIMMED,x,trimmed.png\n"
        "SIBLING,x,sibling.jpg\nFIRST,x,first.jpg\nSECOND,x,second.webp\nPLAIN,x,plain.jpg\n",
        {
            "same.jpg": encoded(label),
            "small.jpg": jpeg(small, 40),
            "trimmed.png": encoded(trimmed, "PNG"),
            "sibling.jpg": encoded(printed(50, band="blue")),
            "first.jpg": encoded(other),
            "second.webp": encoded(other.resize((500, 375)), "WEBP"),
            "plain.jpg": picture("red"),
        },
    )
    report = preview(upload)["report"]
    assert (report["counters"]["identical"], report["counters"]["nearDuplicates"]) == (1, 3)
    told = {one["partNumber"]: one for one in report["examples"]["duplicates"]}
    assert set(told) == {"SAME", "SMALL", "TRIMMED", "SECOND"}
    assert (told["SAME"]["kind"], told["SAME"]["likeness"]) == ("identical", 1)
    assert {told[number]["other"]["partNumber"] for number in ("SAME", "SMALL", "TRIMMED")} == {"A"}
    reference = empty.get("/v1/catalogs/c/products/A").json()["referenceImages"][0]["id"]
    assert told["SMALL"]["other"]["referenceImage"] == reference
    assert told["SECOND"]["other"] == {"partNumber": "FIRST", "line": 6, "picture": "first.jpg"}
    assert 0.75 <= told["SMALL"]["likeness"] <= 1
    assert report["unknownLooks"] == 0


def jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def test_headers_alone_find_what_is_no_picture_and_decode_nothing(empty: Client, preview: Preview) -> None:
    table = "part_number,name,pictures\nA,a,cut.jpg\nB,b,text.jpg\nC,c,none.jpg\n"
    upload = archive(table, {"cut.jpg": encoded(printed(1))[:5_000], "text.jpg": b"words"})
    report = preview(upload, "?pictures=headers")["report"]
    assert [(one["line"], one["code"]) for one in report["errors"]] == [
        (3, "photo_format_unsupported"),
        (4, "picture_missing"),
    ]
    assert report["counters"]["newPictures"] == 1


def test_a_preview_is_applied_once_without_the_file(empty: Client, preview: Preview) -> None:
    found = preview(colour_catalog())
    applied = [empty.post(f"{PREVIEWS}/{found['id']}/apply") for _ in range(3)]
    assert [one.status_code for one in applied] == [202] * 3
    assert len({one.json()["id"] for one in applied}) == 1
    status = wait(empty, applied[0].headers["Location"])
    assert status["counters"]["created"] == 6 == found["report"]["counters"]["created"]
    again = empty.get(f"{PREVIEWS}/{found['id']}").json()
    assert again["importId"] == status["id"]
    assert preview(colour_catalog())["report"]["counters"]["unchanged"] == 6


@pytest.mark.parametrize(
    ("upload", "code"),
    [(b"not a zip", "import_archive_invalid"), (archive("name\nx\n"), "import_table_invalid")],
)
def test_what_an_import_would_refuse_is_refused(empty: Client, upload: bytes, code: str) -> None:
    answer = empty.post(PREVIEWS, content=upload, headers=ZIP)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_previews_of_other_catalogs_and_unknown_ones_are_not_found(empty: Client, preview: Preview) -> None:
    found = preview(colour_catalog())
    empty.post("/v1/catalogs", json={"name": "other"})
    for place in (
        f"/v1/catalogs/other/import-previews/{found['id']}",
        f"{PREVIEWS}/{'0' * 8}-0000-4000-8000-{'0' * 12}",
    ):
        for answer in (empty.get(place), empty.post(f"{place}/apply")):
            assert (answer.status_code, answer.json()["code"]) == (404, "import_preview_not_found")


def test_a_preview_that_was_cut_off_is_begun_anew(empty: Client, preview: Preview, database_url: str) -> None:
    found = preview(colour_catalog())
    with psycopg.connect(database_url, autocommit=True) as connection:
        # As a worker leaves it that was killed in the middle, a while ago.
        connection.execute(
            "UPDATE import_preview SET state = 'running', report = NULL, held_until = now() - interval '1 s'"
        )
    assert empty.post(f"{PREVIEWS}/{found['id']}/apply").json()["code"] == "import_preview_not_ready"
    again = wait(empty, f"{PREVIEWS}/{found['id']}")
    assert again["report"] == found["report"]


def test_an_upload_that_is_gone_fails_the_preview(empty: Client, preview: Preview, database_url: str) -> None:
    found = preview(colour_catalog())
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE import_preview SET state = 'queued', archive_key = 'imports/none.zip'")
    assert wait(empty, f"{PREVIEWS}/{found['id']}")["failure"] == "the upload is gone"


def test_a_part_on_white_is_found_however_wide_its_border(
    empty: Client, run_import: Import, preview: Preview, database_url: str
) -> None:
    run_import(
        "c",
        archive(
            "part_number,name,pictures\nA,a,a.png\nB,b,b.png\n",
            {
                "a.png": encoded(part(1, border=40), "PNG"),
                "b.png": encoded(part(2, border=40), "PNG"),
            },
        ),
    )
    wait_for_looks(database_url)
    upload = archive(
        "part_number,name,pictures\nWIDE,x,w.jpg\nOTHER,x,o.jpg\n",
        {
            "w.jpg": jpeg(part(1, border=220), 70),
            "o.jpg": jpeg(part(3, border=40), 90),
        },
    )
    (found,) = preview(upload)["report"]["examples"]["duplicates"]
    assert (found["partNumber"], found["other"]["partNumber"]) == ("WIDE", "A")


def part(seed: int, *, border: int) -> Image.Image:
    """A thing of some discs and bars on white."""
    rng = random.Random(seed)  # noqa: S311 (seeded)
    image = Image.new("RGB", (300 + 2 * border, 200 + 2 * border), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((border, border + 70, border + 300, border + 130), fill="dimgrey")
    for _ in range(5):
        x, y, size = border + rng.randint(0, 240), border + rng.randint(0, 140), rng.randint(20, 60)
        draw.ellipse((x, y, x + size, y + size), fill=rng.choice(["black", "grey", "silver", "darkgrey"]))
    return image
