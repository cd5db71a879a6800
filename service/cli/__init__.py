"""The ``photocode`` command. Subcommands load when they are called, so that ``--help`` needs no ONNX Runtime."""

from importlib import import_module

import click

COMMANDS = {
    "serve": "service.cli.serve:serve",
    "worker": "service.cli.work:worker",
    "import": "service.cli.import_file:import_file",
    "imports": "service.cli.imports:imports",
    "demo": "service.cli.demo:demo",
    "lookup": "service.cli.lookup:lookup",
    "similar": "service.cli.similar:similar",
    "export": "service.cli.export:export",
    "facets": "service.cli.facets:facets",
    "preview": "service.cli.preview:preview",
    "self-test": "service.cli.self_test:self_test",
    "calibration": "service.cli.calibration:calibration",
    "scale-card": "service.cli.scale_card:scale_card",
    "keys": "service.cli.keys:keys",
    "audit": "service.cli.audit:audit",
    "devices": "service.cli.devices:devices",
    "limits": "service.cli.limits:limits",
    "database": "service.cli.database:database",
    "models": "service.cli.models:models",
    "evaluate": "service.cli.evaluate:evaluate",
    "starter": "service.cli.starter:starter",
    "contract": "service.cli.contract:contract",
}


class LazyGroup(click.Group):
    """A group that imports a subcommand's module when it is asked for (pattern of click's documentation)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give the subcommand, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="photocode")
def main() -> None:
    """Find the product in a photo: a photographic barcode."""
