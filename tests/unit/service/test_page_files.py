"""The phone page's files: one version for all, languages with the same words, pictures as large as they say."""

import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from mobile_contract.problems import Code
from service.web.shell.files import MANIFEST, PAGE, SHELL, WORKER, read_page

FIRST_LOAD_BYTES = 150 * 1024
LANGUAGES = ("en", "de", "es")
UNSEEN = {
    # What this page never sends, or asks for in a way that cannot fail so.
    Code.UNSUPPORTED_MEDIA_TYPE, Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED, Code.REFERENCE_NOT_FOUND,
    Code.IMPORT_NOT_FOUND, Code.IMPORT_ARCHIVE_INVALID, Code.IMPORT_TABLE_INVALID, Code.PHOTO_URL_REFUSED,
    Code.PHOTO_URL_FAILED, Code.IDEMPOTENCY_KEY_INVALID, Code.CLIENT_CLOSED_REQUEST, Code.PRECONDITION_FAILED,
    Code.IMPORT_FORMAT_UNSUPPORTED, Code.IMPORT_STATE_UNFIT, Code.IMPORT_UPLOAD_GONE, Code.IMPORT_PREVIEW_NOT_FOUND,
    Code.IMPORT_PREVIEW_NOT_READY, Code.SELF_TEST_NOT_FOUND, Code.SELF_TEST_OFF,
    # What programs meet that carry keys or manage clients.
    Code.KEY_INVALID, Code.KEY_EXPIRED, Code.KEY_NOT_FOUND, Code.KEYS_TOO_MANY, Code.DEVICE_NOT_FOUND,
}  # fmt: skip


def words(language: str) -> dict[str, str]:
    text = (PAGE / "lang" / f"{language}.js").read_text(encoding="utf-8")
    entries = re.findall(r'^  ("[^"]+"): ("(?:[^"\\]|\\.)*"),$', text, flags=re.MULTILINE)
    assert len(entries) == text.count('":'), "a line that this test cannot read"
    return {json.loads(key): json.loads(value) for key, value in entries}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_the_same_values_in_it(language: str) -> None:
    english, other = words("en"), words(language)
    assert english.keys() == other.keys()
    for key, text in other.items():
        assert text.strip() == text != "", key
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key])), key


def test_every_problem_that_the_page_may_meet_is_told_in_words() -> None:
    told = {key.removeprefix("trouble.") for key in words("en") if key.startswith("trouble.")}
    assert {code.value for code in Code} - {code.value for code in UNSEEN} <= told


def test_no_word_is_there_for_nothing() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PAGE.rglob("*.js") if path.parent.name != "lang")
    families = set(re.findall(r"(?:t|maybe)\(`([a-z]+)\.\$\{", code))
    assert {key for key in words("en") if f'"{key}"' not in code and key.split(".")[0] not in families} == set()


def test_the_first_load_is_small() -> None:
    page = read_page()
    needed = [name for name in page.files if not name.endswith(".png") and name not in ("lang/de.js", "lang/es.js")]
    assert sum(len(page.files[name].squeezed or page.files[name].body) for name in needed) <= FIRST_LOAD_BYTES / 2
    assert sum(len(page.files[name].body) for name in needed) <= 1.2 * FIRST_LOAD_BYTES  # without compression, as well


def test_a_changed_file_changes_the_address_of_all_and_the_worker_that_keeps_them(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    shutil.copytree(PAGE, folder)
    before = read_page(folder)
    style = folder / "app.css"
    style.write_text(style.read_text(encoding="utf-8") + "/* another */", encoding="utf-8")
    after = read_page(folder)
    assert before.version != after.version
    for name in (SHELL, WORKER):
        assert before.files[name].etag != after.files[name].etag
        assert after.base in after.files[name].body.decode()
        assert before.base not in after.files[name].body.decode()
    assert after.find(f"{before.version}/app.css") is None, "files of two releases could be mixed"


def test_the_worker_keeps_all_that_the_page_may_need() -> None:
    page = read_page()
    listed = page.files[WORKER].body.decode()
    for name in page.files:
        if name not in (SHELL, WORKER, MANIFEST):
            assert f"{page.base}{name}" in listed


def test_nothing_is_left_to_be_filled_in() -> None:
    for name, file in read_page().files.items():
        assert not re.search(rb"\{\{\w+\}\}|<!-- modules -->", file.body), name


def test_the_icons_are_as_large_as_the_manifest_says() -> None:
    manifest = json.loads(read_page().files[MANIFEST].body)
    for icon in manifest["icons"]:
        path = PAGE / icon["src"].removeprefix("/page/")
        if path.suffix == ".png":
            with Image.open(path) as image:
                assert "x".join(map(str, image.size)) == icon["sizes"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
