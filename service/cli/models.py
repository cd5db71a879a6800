"""``photocode models``: make, check and measure model bundles."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

import click
from rich.console import Console
from rich.table import Table

from service.models.errors import ModelError
from service.recognition.embedding.bundle import Bundle, BundleError, Precision, open_bundle

SMALLER: tuple[Literal["fp16", "int8"], ...] = ("fp16", "int8")
CALIBRATION_PICTURES = 64
FOLDER = click.Path(path_type=Path, file_okay=False)


def _load(module: str) -> ModuleType:
    """Import what only some commands need, and say which extra is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in {"service", "catalog"}:
            raise
        raise click.ClickException(f"{error.name} is missing: pip install 'photocode[export]'") from error


class ModelsGroup(click.Group):
    """Says what is wrong with a bundle or model in one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except (BundleError, ModelError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=ModelsGroup)
def models() -> None:
    """Make, check and measure model bundles."""


@models.command()
@click.argument("name")
@click.option("--pretrained", help="A tag of open_clip, or a checkpoint file.")
@click.option("--random-weights", is_flag=True, help="Untrained, for benchmarks and tests.")
@click.option("--seed", default=0, show_default=True, help="Of random weights.")
@click.option("--tokenizer-file", type=click.Path(path_type=Path, exists=True), help="tokenizer.json, or its folder.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(SMALLER), help="Add smaller towers.")
@click.option("--licence", default="unknown", show_default=True, help="Of the weights.")
@click.option("--out", type=FOLDER, required=True)
def export(
    name: str,
    pretrained: str | None,
    random_weights: bool,
    seed: int,
    tokenizer_file: Path | None,
    precisions: tuple[Precision, ...],
    licence: str,
    out: Path,
) -> None:
    """Export NAME, an open_clip model, its configuration file, or local-dir:FOLDER, as a bundle."""
    given = (pretrained is not None) + random_weights + name.startswith("local-dir:")
    if given != 1:
        raise click.UsageError("give one of --pretrained, --random-weights, and a name of the form local-dir:FOLDER")
    source = _load("service.models.open_clip_source").load_open_clip(
        name, pretrained=pretrained, seed=seed if random_weights else None, tokenizer_file=tokenizer_file
    )
    weights = f"random, seed {seed}" if random_weights else _named(pretrained or name)
    provenance = {"architecture": source.name, "weights": weights, **_load("service.models.versions").versions()}
    maker = _load("service.models.export")
    bundle = maker.export_bundle(source, out, licence=licence, provenance=provenance)
    for precision in precisions:
        bundle = maker.add_variant(out, precision)
    _describe(bundle)


@models.command(name="import")
@click.argument("folder", type=FOLDER)
@click.option("--precision", "precisions", multiple=True, type=click.Choice(SMALLER), help="Add smaller towers.")
@click.option("--out", type=FOLDER, required=True)
def import_(folder: Path, precisions: tuple[Precision, ...], out: Path) -> None:
    """Make a bundle of FOLDER's visual.onnx, text.onnx, tokenizer.json and model.json."""
    bundle = _load("service.models.importer").import_towers(folder, out)
    for precision in precisions:
        bundle = _load("service.models.precision").add_variant(out, precision)
    _describe(bundle)


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--precision", required=True, type=click.Choice(SMALLER))
@click.option("--pictures", type=FOLDER, help="Photos like those to come; int8 takes its ranges from 64 of them.")
def add(folder: Path, precision: Precision, pictures: Path | None) -> None:
    """Add smaller towers to FOLDER, made from its fp32 ones; they are used once their gate has passed."""
    seen = _load("service.models.pictures").sample(pictures, CALIBRATION_PICTURES) if pictures else ()
    _describe(_load("service.models.precision").add_variant(folder, precision, seen))


@models.command()
@click.argument("folder", type=FOLDER)
def check(folder: Path) -> None:
    """Compare what FOLDER's towers compute here with the vectors recorded when it was made.

    Printed are the largest difference of a coordinate and the smallest cosine, of pictures and of texts.
    """
    bundle = open_bundle(folder)
    checker = _load("service.models.check")
    table = Table("precision", "pictures ±", "cosine", "texts ±", "cosine", "ids", "")
    good = True
    for precision in bundle.manifest.variants:
        replay = checker.replay_golden(bundle, precision)
        good &= replay.ok
        table.add_row(
            precision,
            f"{replay.picture_difference:.1e}",
            f"{replay.picture_cosine:.6f}",
            f"{replay.text_difference:.1e}",
            f"{replay.text_cosine:.6f}",
            "same" if replay.same_ids else "other",
            "ok" if replay.ok else "DIFFERS",
        )
    _show(table)
    if not good:
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--pictures", type=FOLDER, required=True, help="Holds manifest.csv: path,label,role.")
@click.option("--queries", type=click.IntRange(min=1), help="Use about that many queries only.")
def gate(folder: Path, pictures: Path, queries: int | None) -> None:
    """Measure what FOLDER's smaller precisions lose against fp32, and write it into the bundle.

    Printed are milliseconds a photo, top-1, paired loss in points, and quantiles of the cosine to the fp32 vectors.
    """
    reader = _load("service.models.pictures")
    chosen = reader.thinned(reader.read_pictures(pictures), queries)
    _, results = _load("service.models.gate").measure_gates(open_bundle(folder), chosen)
    table = Table("precision", "ms", "top-1", "loss", "cosine 1 %", "5 %", "50 %", "gate")
    for result in results:
        gate = result.gate
        row = [result.precision, f"{result.milliseconds:.1f}", f"{100 * result.top1:.1f} %"]
        if gate:
            row += [f"{gate.top1_loss_points:+.2f}", *(f"{value:.4f}" for value in gate.cosine_quantiles.values())]
            row.append("passed" if gate.passed else "failed")
        table.add_row(*row)
    _show(table)


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--pictures", type=FOLDER, required=True, help="Holds manifest.csv: path,label,role.")
@click.option("--queries", type=click.IntRange(min=1), help="Use about that many queries only.")
@click.option("--precision", type=click.Choice(get_args(Precision)), default="fp32", show_default=True)
def thresholds(folder: Path, pictures: Path, queries: int | None, precision: Precision) -> None:
    """Fit FOLDER's first verdict on labelled pictures, and write it into the bundle."""
    reader = _load("service.models.pictures")
    chosen = reader.thinned(reader.read_pictures(pictures), queries)
    _, fitted = _load("service.models.calibrate").fit_bundle(
        open_bundle(folder), chosen, precision=precision, source=pictures.resolve().name
    )
    values = fitted.thresholds
    click.echo(
        f"match at score {values.match_score} and margin {values.match_margin}; no match below {values.no_match_score}"
    )
    click.echo(f"{values.source}; the product was there in {fitted.present} and found first in {fitted.right_answers}")
    click.echo(f"called a match: {fitted.right_matches} rightly, {fitted.wrong_matches} wrongly")


@models.command()
@click.argument("folder", type=FOLDER)
@click.option("--keep", "kept", multiple=True, required=True, type=click.Choice(get_args(Precision)))
def slim(folder: Path, kept: tuple[Precision, ...]) -> None:
    """Remove FOLDER's other precisions; its vectors stay comparable with those of the whole bundle."""
    _describe(_load("service.models.slim").keep_precisions(folder, kept))


def _named(pretrained: str) -> str:
    return Path(pretrained).name if Path(pretrained).exists() else pretrained


def _describe(bundle: Bundle) -> None:
    manifest = bundle.manifest
    size = sum(bundle.path(name).stat().st_size for name in manifest.files) / 1e6
    text = f"texts of {manifest.context_length} tokens" if manifest.context_length else "no texts"
    click.echo(f"{bundle.folder}: {manifest.name}, {manifest.dimension} dimensions, {text}, {size:.1f} MB")
    click.echo(f"precisions {', '.join(manifest.variants)}; identity {bundle.identity}")


def _show(table: Table) -> None:
    Console().print(table)
