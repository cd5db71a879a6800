"""What the commands that ask a running service have in common."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import httpx

from service.demo.data_set import CATALOG
from service.demo.phone import Phone, ServiceRefused, connect
from service.settings import SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])

url_option = click.option("--url", default="http://127.0.0.1:8700", show_default=True, help="The service.")
catalog_option = click.option("--catalog", default=CATALOG, show_default=True)
facet_option = click.option(
    "--facet",
    "facets",
    multiple=True,
    metavar="FIELD",
    help="Count the values of this field, category or a metadata key, among all that were compared; repeatable.",
)


def narrowing_options(command: Command) -> Command:
    """The options ``categories`` and ``metadata``, as tuples of what was given."""
    metadata = click.option(
        "--metadata",
        multiple=True,
        callback=_pairs,
        metavar="KEY:VALUE",
        help="Only products with this, or another value given for the key.",
    )
    categories = click.option(
        "--category", "categories", multiple=True, help="Only products of this category, or of one of several."
    )
    return categories(metadata(command))


def _pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    halves = [one.partition(":") for one in given]
    if wrong := [one for one, (_, separator, _) in zip(given, halves, strict=True) if not separator]:
        raise click.BadParameter(f"{wrong[0]!r} is no KEY:VALUE", param=option)
    return tuple((key, value) for key, _, value in halves)


def by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of each key."""
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return values


@contextmanager
def calling(url: str) -> Iterator[Phone]:
    """A client of the service at ``url`` while the block runs.

    Raises:
        click.ClickException: the service refuses, or does not answer.

    """
    try:
        with connect(url) as phone:
            yield phone
    except (ServiceRefused, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is `photocode serve` running?") from error
