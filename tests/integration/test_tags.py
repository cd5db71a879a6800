"""A catalog's tags: set, shown, and given to photos by what their texts look like."""

from typing import Any

import pytest

from mobile_contract.limits import PROMPTS_MAX, TAGS_MAX
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import picture

LIST, LOOKUPS = "/v1/catalogs/colours/tags", "/v1/catalogs/colours/lookups"
PNG = {"Content-Type": "image/png"}
WARM = {"tag": "warm", "prompts": ["red", "yellow"]}
pytestmark = pytest.mark.usefixtures("unhurried_keeper")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(stages, "BUDGETS", {**stages.BUDGETS, "tags": 30.0})


def put(client: Client, *tags: str | dict[str, Any]) -> None:
    listed = [{"tag": one} if isinstance(one, str) else one for one in tags]
    answer = client.put(LIST, json={"tags": listed})
    assert answer.status_code == 200, answer.text


def look_up(client: Client, photo: bytes, query: str = "?tags=true") -> dict[str, Any]:
    answer = client.post(f"{LOOKUPS}{query}", content=photo, headers=PNG)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_list_is_kept_and_replaced(colours: Client) -> None:
    assert colours.get(LIST).json() == {"tags": []}
    put(colours, "red", WARM)
    assert colours.get(LIST).json() == {"tags": [{"tag": "red", "prompts": []}, WARM]}
    put(colours, "blue")
    assert [one["tag"] for one in colours.get(LIST).json()["tags"]] == ["blue"]


def test_photos_are_given_the_tags_that_they_look_like(colours: Client) -> None:
    put(colours, "lime", "red", "blue")
    tags = look_up(colours, picture("red", mark=40))["tags"]
    assert tags[0]["tag"] == "red"
    assert tags[0]["probability"] > 0.9
    assert sum(one["probability"] for one in tags) <= 1 + 1e-9
    assert len(look_up(colours, picture("red", mark=40), "?tags=true&limit=2")["tags"]) == 2


def test_a_tags_prompts_count_together(colours: Client) -> None:
    put(colours, "blue", WARM)
    for colour in ("red", "yellow"):
        assert look_up(colours, picture(colour, mark=41))["tags"][0]["tag"] == "warm"


def test_another_list_is_another_answer(colours: Client) -> None:
    photo = picture("red", mark=42)
    for names in (("red", "blue"), ("lime", "cyan")):
        put(colours, *names)
        assert {one["tag"] for one in look_up(colours, photo)["tags"]} == set(names)


def test_tags_are_asked_for_in_json_and_given_again(colours: Client) -> None:
    put(colours, "red", "blue")
    form = [
        ("photo", ("a.png", picture("blue", mark=43), "image/png")),
        ("photo", ("b.png", picture("blue", mark=44), "image/png")),
        ("request", (None, b'{"tags": true}', "application/json")),
    ]
    posted = colours.post(LOOKUPS, files=form).json()
    assert posted["tags"][0]["tag"] == "blue"
    put(colours, "lime")
    assert colours.get(f"/v1/lookups/{posted['id']}").json() == posted


def test_who_does_not_ask_gets_none_and_an_empty_list_gives_none(colours: Client) -> None:
    assert look_up(colours, picture("red", mark=45))["tags"] == []
    put(colours, "red")
    assert "tags" not in look_up(colours, picture("red", mark=45), "")


def test_tags_that_are_late_are_left_out_and_there_the_next_time(
    colours: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(colours, "red", "blue")
    with monkeypatch.context() as hurry:
        hurry.setattr(stages, "BUDGETS", {**stages.BUDGETS, "tags": 0.0})
        answer = look_up(colours, picture("red", mark=46))
        assert answer["dropped"] == {"tags": "late"}
        assert "tags" not in answer
    assert look_up(colours, picture("red", mark=46))["tags"][0]["tag"] == "red"


class WithoutText(FakeEngine):
    """Pictures only."""

    @property
    def has_text(self) -> bool:
        return False


def test_a_model_without_texts_says_so(settings: Settings) -> None:
    with TestClient(create_app(settings, WithoutText(), FakeSurface()), raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "colours"})
        put(client, "red")
        answer = look_up(client, picture("red", mark=47))
    assert answer["dropped"] == {"tags": "unsupported"}
    assert "tags" not in answer


class Failing(FakeEngine):
    """Fails at each text once."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    async def embed_texts(self, texts: Any) -> Any:
        if not self.failed:
            self.failed = True
            raise RuntimeError("of the model's own")
        return await super().embed_texts(texts)


def test_what_fails_is_left_out_and_tried_again(settings: Settings) -> None:
    with TestClient(create_app(settings, Failing(), FakeSurface()), raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "colours"})
        put(client, "red")
        assert look_up(client, picture("red", mark=48))["dropped"] == {"tags": "failed"}
        assert look_up(client, picture("red", mark=48))["tags"] == [{"tag": "red", "probability": 1}]


@pytest.mark.parametrize(
    "tags",
    [
        [{"tag": "red"}, {"tag": "red"}],
        [{"tag": " "}],
        [{"tag": "red", "prompts": ["\x00"]}],
        [{"tag": ""}],
        [{"tag": "x" * 101}],
        [{"tag": "red", "prompts": ["a"] * (PROMPTS_MAX + 1)}],
        [{"tag": str(at)} for at in range(TAGS_MAX + 1)],
        [{"tag": "red", "colour": "red"}],
        ["red"],
    ],
)
def test_a_list_that_cannot_be_is_refused(colours: Client, tags: list[Any]) -> None:
    answer = colours.put(LIST, json={"tags": tags})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert colours.get(LIST).json() == {"tags": []}


def test_a_catalog_that_is_not_there_has_none(client: Client) -> None:
    for answer in (client.get(LIST), client.put(LIST, json={"tags": []})):
        assert (answer.status_code, answer.json()["code"]) == (404, "catalog_not_found")


@pytest.mark.parametrize(
    ("options", "field"), [({"text": "red"}, "tags"), ({"text": "red", "channels": ["text"]}, "tags")]
)
def test_a_text_alone_has_no_tags(colours: Client, options: dict[str, Any], field: str) -> None:
    answer = colours.post(LOOKUPS, json={**options, "tags": True})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (400, [field])


def test_tags_need_the_image(colours: Client) -> None:
    photo = picture("red")
    answer = colours.post(f"{LOOKUPS}?tags=true&channel=surface", content=photo, headers=PNG)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "tags")
    assert colours.post(f"{LOOKUPS}?tags=perhaps", content=photo, headers=PNG).status_code == 400
