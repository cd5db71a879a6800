"""The phone page over HTTP: types, validators, and what browsers are told never to do."""

import gzip
import re

import pytest

from tests.integration.conftest import Client


def test_the_page_is_at_the_root_and_names_files_that_are_there(client: Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    named = re.findall(r'(?:href|src)="(/[^"]+)"', page.text)
    assert len(named) > 10
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200, address
        if address.startswith("/page/v-"):
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/page/app.js", "text/javascript; charset=utf-8"),
        ("/page/app.css", "text/css; charset=utf-8"),
        ("/page/icons/icon.svg", "image/svg+xml"),
        ("/page/icons/icon-192.png", "image/png"),
    ],
)
def test_what_has_no_version_in_its_address_is_asked_for_every_time(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (kind, "no-cache")
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_but_own_files_may_run(client: Client) -> None:
    for path in ("/", "/sw.js", "/page/app.js"):
        headers = client.get(path).headers
        policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "camera=(self)" in headers["permissions-policy"]
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page)


def test_files_are_squeezed_for_those_who_take_it(client: Client) -> None:
    plain = client.get("/page/app.css", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", "/page/app.css", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize(
    "path", ["/page/none.js", "/page/v-000000000000/app.js", "/page/../app.py", "/page/%2e%2e/files.py"]
)
def test_what_is_not_there_is_a_problem_document(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
