"""What ``photocode --help`` shows is in step with the commands, and shown without importing them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from service.cli import main
from service.cli.lazy import Late, LazyGroup

ROOT = Path(__file__).parents[3]
HEAVY = ("onnxruntime", "sqlalchemy", "litestar", "numpy", "cv2", "alembic")
LENGTH = 10_000
"""Characters: nothing is cut."""


def listed(group: LazyGroup, path: str = "photocode") -> Iterator[tuple[str, Late]]:
    for name, late in group.late.items():
        yield f"{path} {name}", late
        command = late.load()
        if isinstance(command, LazyGroup):
            yield from listed(command, f"{path} {name}")


def imported(code: str, among: tuple[str, ...] = HEAVY) -> list[str]:
    said = f"{code}\nprint(*(one for one in {among} if one in sys.modules), file=sys.stderr)"
    command = [sys.executable, "-c", f"import sys\n{said}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stderr.split()


@pytest.mark.parametrize(("path", "late"), [pytest.param(*one, id=one[0]) for one in listed(main)])
def test_a_list_of_commands_shows_their_own_short_help(path: str, late: Late) -> None:
    assert late.load().get_short_help_str(LENGTH) == late.line
    assert path.rsplit(maxsplit=1)[-1] in (late.load().name, *late.place.split(":")[1:])


@pytest.mark.parametrize(
    "arguments", [[], *([name] for name in ("keys", "devices", "limits", "database", "starter", "contract"))]
)
def test_help_of_groups_imports_nothing_heavy(arguments: list[str]) -> None:
    asked = [*arguments, "--help"]
    assert imported(f"from service.cli import main\nmain({asked}, standalone_mode=False)") == []


@pytest.mark.parametrize("command", ["lookup", "import", "imports", "export", "preview", "self-test", "calibration"])
def test_commands_that_ask_a_running_service_import_a_thin_client(command: str) -> None:
    asked = [command, "--help"]
    run = f"from service.cli import main\nmain({asked}, standalone_mode=False)"
    assert imported(run, (*HEAVY, "cryptography")) == []


def test_a_check_of_a_deployment_needs_no_application() -> None:
    asked = ["contract", "check", "--help"]
    run = f"from service.cli import main\nmain({asked}, standalone_mode=False)"
    assert imported(run, (*HEAVY, "service.app")) == []


def test_the_parent_of_the_server_needs_neither_recognition_nor_the_application() -> None:
    assert imported("import service.cli.serve", ("onnxruntime", "litestar", "cv2", "service.app")) == []


def test_lists_are_as_click_shows_them() -> None:
    shown = CliRunner().invoke(main, ["--help"], terminal_width=100).output
    lines = [line.split(maxsplit=1) for line in shown.partition("Commands:\n")[2].splitlines()]
    assert [name for name, _ in lines] == list(main.list_commands(click.Context(main)))
    assert ["serve", "Run the service."] in lines
    assert all(len(line) <= 100 for line in shown.splitlines())
    unknown = CliRunner().invoke(main, ["lokup"])
    assert (unknown.exit_code, "No such command" in unknown.output) == (2, True)


def test_completion_offers_names_with_their_lines() -> None:
    completed = ShellComplete(main, {}, "photocode", "_PHOTOCODE_COMPLETE").get_completions([], "li")
    assert [(one.value, one.help) for one in completed] == [("limits", main.late["limits"].line)]
    options = ShellComplete(main, {}, "photocode", "_PHOTOCODE_COMPLETE").get_completions([], "--v")
    assert [one.value for one in options] == ["--version"]
