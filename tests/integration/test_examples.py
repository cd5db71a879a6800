"""The examples of the contract, asked of the running service once more."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mobile_contract.examples import Response, load_examples
from tests.contract.example_replay import play, unlike
from tests.contract.example_services import SERVICES, Send
from tests.contract.record_examples import settings_for
from tests.databases import fresh_database

EXAMPLES = load_examples()
ASKED = sorted(EXAMPLES, key=lambda name: EXAMPLES[name].service)

Asking = Callable[[str], Send]


@pytest.fixture(scope="module")
def service_of(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """The service that an example wants; the examples of one follow each other and share it."""
    with ExitStack() as open_one:
        last: dict[str, Send] = {}

        def of(name: str) -> Send:
            if name not in last:
                open_one.close()
                last.clear()
                settings = settings_for(open_one.enter_context(fresh_database(postgres)), tmp_path_factory.mktemp("s"))
                last[name] = open_one.enter_context(SERVICES[name](settings))
            return last[name]

        yield of


@pytest.mark.parametrize("name", ASKED)
def test_the_service_answers_as_the_example_says(service_of: Asking, name: str) -> None:
    told, got = EXAMPLES[name].response, play(EXAMPLES[name], service_of(EXAMPLES[name].service))
    assert isinstance(told, Response)
    assert got.status == told.status, got.body
    assert not unlike(told, got), "make contract writes it anew, if this is meant to be"


def test_an_answer_of_another_shape_is_noticed() -> None:
    told = Response(status=200, headers={"ETag": '"a"'}, body={"id": "a", "verdict": "match", "ranked": 3, "list": [1]})
    same = Response(status=200, headers={"ETag": '"b"'}, body={"id": "a", "verdict": "match", "ranked": 4, "list": [2]})
    assert not unlike(told, same)
    for other in (
        {"id": "a", "verdict": "ambiguous", "ranked": 3, "list": [1]},
        {"id": "a", "verdict": "match", "list": [1]},
        {"id": "a", "verdict": "match", "ranked": "3", "list": [1]},
        {"id": "a", "verdict": "match", "ranked": 3, "list": []},
        {"id": "a", "verdict": "match", "ranked": 3, "list": [1], "more": 1},
    ):
        assert unlike(told, Response(status=200, headers=told.headers, body=other))
    assert unlike(told, Response(status=201, headers=told.headers, body=told.body))
