"""The ``photocode`` command."""

import click

from service.cli.lazy import Late, LazyGroup

COMMANDS = {
    "serve": Late("service.cli.serve:serve", "Run the service."),
    "worker": Late(
        "service.cli.work:worker", "Carry imports out, and describe and read their pictures, until told to stop."
    ),
    "import": Late(
        "service.cli.import_file:import_file",
        "Import FILE: a CSV table, JSON lines, or a ZIP of either and its pictures.",
    ),
    "imports": Late("service.cli.imports:imports", "List, show, pause, resume, cancel and retry imports."),
    "demo": Late(
        "service.cli.demo:demo",
        "Start a service, import the demo catalog over HTTP, look photos up as a phone would, confirm one.",
    ),
    "lookup": Late(
        "service.cli.lookup:lookup",
        "Look PHOTO up, a file or a public https address that the service fetches, and show the candidates.",
    ),
    "similar": Late(
        "service.cli.similar:similar",
        "Show the products whose pictures look most like those of the product PART_NUMBER.",
    ),
    "export": Late(
        "service.cli.export:export",
        "Write CATALOG into FILE: table and pictures if it ends in .zip, the table alone in .csv or .jsonl.",
    ),
    "facets": Late("service.cli.facets:facets", "Show how many products of CATALOG have which category and metadata."),
    "preview": Late("service.cli.preview:preview", "Say what importing FILE would create, update and delete."),
    "self-test": Late(
        "service.cli.self_test:self_test",
        "Show which products of CATALOG find themselves, which nobody can tell apart, and which pictures are weak.",
    ),
    "calibration": Late(
        "service.cli.calibration:calibration",
        "Show what the verdicts of CATALOG are fitted on, and from what probability on something is a match.",
    ),
    "scale-card": Late("service.cli.scale_card:scale_card", "Write a scale card, true to scale."),
    "keys": Late(
        "service.cli.groups:keys",
        "Make, list, replace and revoke the keys of programs that ask from outside this machine.",
    ),
    "audit": Late("service.cli.audit:audit", "Show who changed what: keys, devices, catalogs, imports and products."),
    "devices": Late(
        "service.cli.groups:devices",
        "Enrol, list and revoke the phones and programs that may ask from outside this machine.",
    ),
    "limits": Late(
        "service.cli.groups:limits",
        "Set and list how much each client may ask: photos looked up, things taught, catalogs uploaded.",
    ),
    "database": Late("service.cli.groups:database", "Prepare the database that DATABASE_URL names."),
    "models": Late("service.cli.models:models", "Make, check and measure model bundles."),
    "evaluate": Late(
        "service.cli.evaluate:evaluate",
        "Ask the photos of FOLDER (manifest.csv: path,label,role,set,group) of a scratch catalog, and count.",
    ),
    "starter": Late("service.cli.groups:starter", "Make the embedded default: the demo catalog and the starter model."),
    "contract": Late(
        "service.cli.groups:contract",
        "Keep mobile_contract/openapi.json in step with the code, and the code with those who use it.",
    ),
}


@click.group(cls=LazyGroup, late=COMMANDS)
@click.version_option(package_name="photocode")
def main() -> None:
    """Find the product in a photo: a photographic barcode."""
