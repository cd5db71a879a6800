"""Groups of commands that say what they have without importing it: ``--help`` needs no ONNX Runtime, no SQLAlchemy."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem


class Late(NamedTuple):
    """Where a command is, as ``module:attribute``, and the line that lists of commands show: its own short help,
    which a test compares.
    """

    place: str
    line: str

    def load(self) -> click.Command:
        """Import it."""
        module, attribute = self.place.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A group that imports a subcommand's module when that is called, and shows its line without."""

    def __init__(self, name: str | None = None, *, late: Mapping[str, Late], **attributes: Any) -> None:
        """``late``: by name, in the order in which they are listed. ``attributes``: of click's group."""
        super().__init__(name, **attributes)
        self.late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(self.late)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give the subcommand, or None where there is none of that name."""
        found = self.late.get(cmd_name)
        return found.load() if found else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and lines, as click formats them."""
        _Lines(self.late).format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, and options."""
        names = [CompletionItem(name, help=one.line) for name, one in self.late.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


class _Lines(click.Group):
    """What click shows of commands, without what they do."""

    def __init__(self, late: Mapping[str, Late]) -> None:
        super().__init__(commands={name: click.Command(name, help=one.line) for name, one in late.items()})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)
