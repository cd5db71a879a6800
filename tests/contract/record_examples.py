"""``python -m tests.contract.record_examples``: asks the service for the answers of ``mobile_contract/examples``.

An example that has an answer of this kind already is left as it is; ``--all`` writes every one anew.
"""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog

from mobile_contract.examples import Body, Example, Response, load_examples, write_example
from service.database.embedded import embedded_postgres
from service.settings import Settings
from tests.contract.example_files import MADE, keep
from tests.contract.example_replay import play, unlike
from tests.contract.example_services import SERVICES
from tests.databases import fresh_database, make_template


def main() -> None:
    """Record what is missing or out of date."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    examples = load_examples()
    for example in examples.values():
        for name in files_of(example) & MADE.keys():
            keep(name)
    with TemporaryDirectory() as folder, embedded_postgres(Path(folder) / "postgres") as url:
        make_template(url)
        for service in dict.fromkeys(example.service for example in examples.values()):
            asked = {name: example for name, example in examples.items() if example.service == service}
            with fresh_database(url) as database:
                record(service, asked, settings_for(database, Path(folder) / service), anew="--all" in sys.argv)


def settings_for(database_url: str, folder: Path) -> Settings:
    """Of a service that is asked for examples."""
    return Settings(database_url=database_url, data=folder, connections=4, text="off", calibrate="off", self_test="off")


def record(service: str, examples: Mapping[str, Example], settings: Settings, *, anew: bool) -> None:
    """Ask one service."""
    with SERVICES[service](settings) as send:
        for name, example in examples.items():
            got = play(example, send)
            if anew or not isinstance(example.response, Response) or unlike(example.response, got):
                write_example(name, msgspec.structs.replace(example, response=got))
                sys.stdout.write(f"recorded {name}\n")


def files_of(example: Example) -> set[str]:
    """Names of the files that an example sends."""
    bodies = [request.body for request in (example.request, *(step.request for step in example.before))]
    places = [place for body in bodies if isinstance(body, Body) for place in (body, *(body.form or ()))]
    return {place.file for place in places if isinstance(place.file, str)}


if __name__ == "__main__":
    main()
