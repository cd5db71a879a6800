"""``photocode starter``: draw the demo catalog and the training views, train the model, make and score its bundle."""

import importlib
import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import click
import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from service.bootstrap import FUSION, LABELS, MASK
from service.logs import configure_logs
from service.models.calibrate import fit_bundle
from service.models.pictures import read_pictures
from service.recognition.embedding.bundle import open_bundle
from service.recognition.surface.vocabulary import Vocabulary
from service.recognition.tags import CLIP_SCALE
from service.settings import Settings
from service.starter.baseline import describe
from service.starter.demo_set import DEMO_FOLDER
from service.starter.fusion.gather import gather
from service.starter.fusion.material import clothes_folder, grocery_folder
from service.starter.score import Figures, score_bundle, score_pictures, score_surface
from service.starter.surface.learn import describe_learning, learn
from service.starter.surface.sampling import Plan, sample_descriptors
from service.starter.surface.sources import photo_sources, render_source

BUNDLE = Path(__file__).parents[1] / "bundles" / "starter"
FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING = click.Path(path_type=Path, file_okay=False, exists=True)
WORKPLACE = Path(".build/starter")
CALIBRATION = Path(".build/calibration")
CALIBRATION_SOURCE = "renders of parts that are neither in the demo catalog nor in the training set"
WIDTH_OF_A_FILE = 120
MESHES = Path(".build/meshes")
FUSION_SOURCE = (
    "photocode starter fusion: shop photos of groceries (training split of the Grocery Store Dataset, M. Klasson et "
    "al., WACV 2019, MIT), views drawn of clothing photos (CC0), renders of parts; a quarter of the products left out; "
    "certainty also as catalogs of five products have it"
)
VOCABULARY = BUNDLE.parent / "surface" / "vocabulary.npz"
VOCABULARY_WORKPLACE = Path(".build/vocabulary")
PHOTOS = Path(os.environ.get("PHOTOCODE_SHARED", "../shared")) / "photos" / "train"


def _extra(module: str, extra: str) -> ModuleType:
    """Import what needs an extra, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "service":
            raise
        raise click.ClickException(f"{error.name} is missing: install photocode[{extra}]") from error


@click.command()
@click.option(
    "--out", type=FOLDER, help="Where to; default: the shipped demo folder, or .build/starter with --training."
)
@click.option("--training", is_flag=True, help="Draw the training views instead of the demo catalog.")
@click.option("--seed", type=int, help="Another seed gives other scenes; default 41 (demo), 7 (training).")
@click.option("--calibration", is_flag=True, help="Draw pictures of yet other parts, to fit thresholds on.")
@click.option("--rooms", type=int, default=8, show_default=True, help="With --training: how many lit rooms.")
def render(out: Path | None, training: bool, calibration: bool, seed: int | None, rooms: int) -> None:
    """Draw pictures of CAD parts."""
    if training:
        sprites = _extra("service.starter.render.sprites", "render")
        count = sprites.render_training(
            out or WORKPLACE, MESHES, 7 if seed is None else seed, sprites.Plan(rooms=rooms)
        )
        click.echo(f"{count} views in {out or WORKPLACE}")
        return
    if calibration:
        drawn = _extra("service.starter.render.calibration", "render")
        count = drawn.render_calibration(out or CALIBRATION, MESHES, 1009 if seed is None else seed, training_seed=7)
        click.echo(f"{count} parts in {out or CALIBRATION}")
        return
    _extra("service.starter.render.demo", "render").render_demo(
        out or DEMO_FOLDER, MESHES, 41 if seed is None else seed
    )
    click.echo(f"demo catalog in {out or DEMO_FOLDER}")


@click.command()
@click.option("--data", type=FOLDER, default=WORKPLACE, show_default=True, help="Rendered training views.")
@click.option(
    "--photos", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Real photos beside them."
)
@click.option("--out", type=FOLDER, default=WORKPLACE / "run", show_default=True, help="Checkpoints and log; resumes.")
@click.option("--minutes", type=float, default=25.0, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--threads", type=int, default=2, show_default=True)
def train(data: Path, photos: Path | None, out: Path, minutes: float, seed: int, threads: int) -> None:
    """Learn from the training views, boxed in time."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # three times as fast where other processes share the cores
    run = _extra("service.starter.train.run", "train")
    run.train_starter(data, photos, out, minutes, run.Recipe(seed=seed), threads)


@click.command()
@click.option("--run", "run_folder", type=FOLDER, default=WORKPLACE / "run", show_default=True, help="A training run.")
@click.option("--out", type=FOLDER, default=BUNDLE, show_default=True)
@click.option("--untrained", is_flag=True, help="The same network without training, to compare with.")
@click.option("--calibration", type=FOLDER, default=CALIBRATION, show_default=True, help="To fit thresholds on.")
def bundle(run_folder: Path, out: Path, untrained: bool, calibration: Path) -> None:
    """Make a model bundle of a training run, with thresholds."""
    made = _extra("service.starter.train.run", "export,train").export_starter(run_folder, out, untrained=untrained)
    click.echo(f"{made.folder}: {made.identity[:12]}")
    if not untrained:
        _, fitted = fit_bundle(made, read_pictures(calibration), precision="fp32", source=CALIBRATION_SOURCE)
        click.echo(f"{fitted.thresholds}")
        click.echo(
            f"{fitted.right_answers} of {fitted.present} found first; "
            f"called a match: {fitted.right_matches} rightly, {fitted.wrong_matches} wrongly"
        )


@click.command()
@click.option("--photos", type=EXISTING, required=True, help="Folder with the training photos: grocery/, clothing/.")
@click.option("--calibration", type=FOLDER, default=CALIBRATION, show_default=True, help="Rendered parts beside them.")
@click.option("--work", type=FOLDER, default=Path(".build/fusion"), show_default=True, help="What can be used again.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=FUSION, show_default=True)
@click.option("--seed", type=int, default=11, show_default=True)
def fusion(photos: Path, calibration: Path, work: Path, out: Path, seed: int) -> None:
    """Fit how evidence is weighed and how probable candidates are, on photos that are in no test set (needs scipy)."""
    fit = _extra("service.starter.fusion.fit", "evaluate")
    likelihood = _extra("service.starter.fusion.likelihood", "evaluate")
    configure_logs("console", "error")
    folders = [
        ("grocery", grocery_folder(photos, work / "grocery", seed)),
        ("clothing", clothes_folder(photos, work / "clothing", seed)),
        ("parts", calibration),
    ]
    looked, source = gather(folders, work / "gathered", seed, click.echo), f"{FUSION_SOURCE}; seed {seed}"
    fitted = fit.fit_fusion(looked, source)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(fitted.model), indent=1) + b"\n")
    for name, top1 in fitted.top1.items():
        click.echo(f"{name}: {top1:.1%} found first, on products not fitted on")
    click.echo(f"{fitted.photos} photos; match from {fitted.model.match_probability} on:")
    for name, judged in (("large", fitted.large), ("small", fitted.small)):
        click.echo(
            f"  in {name} catalogs {judged.coverage:.1%} of those whose product is there and {judged.left_out:.1%} of "
            f"others, {judged.wrong_matches:.1%} of matches wrong"
        )
    bundle = open_bundle(Settings().bundle)
    words = _extra("service.starter.fusion.tags", "evaluate").fit_text_scale(bundle, calibration)
    text_scale = CLIP_SCALE if words is None else words.scale
    likely = likelihood.fit_likelihood(looked, fitted.model, bundle.identity, text_scale, source)
    out.with_name(LABELS.name).write_bytes(msgspec.json.format(msgspec.json.encode(likely.models), indent=1) + b"\n")
    click.echo(
        f"labels: the first is said to be right with {likely.said:.1%} and is in {likely.right:.1%} of {likely.photos} "
        f"photos; calibration error {likely.ece:.3f}, on products not fitted on"
    )
    if words is not None:
        right = ", ".join(f"{aspect} {share:.1%}" for aspect, share in words.right.items())
        click.echo(f"tags: cosines times {words.scale}; of {words.photos} renders the first tag is true: {right}")


@click.command()
@click.argument("bundles", nargs=-1, type=FOLDER)
@click.option("--data", type=FOLDER, default=DEMO_FOLDER, show_default=True)
@click.option("--untrained", is_flag=True, help="Measure the same network without training too (needs torch).")
def score(bundles: tuple[Path, ...], data: Path, untrained: bool) -> None:
    """Top-1 and top-5 over the demo photos: the shipped starter (or BUNDLES), baselines that show how hard it is."""
    rows = [
        score_pictures("colours + HOG", describe, data),
        score_surface("surface", Vocabulary.load(VOCABULARY), data),
    ]
    if untrained:
        with TemporaryDirectory() as scratch:
            run = _extra("service.starter.train.run", "export,train")
            fresh = run.export_starter(BUNDLE, Path(scratch) / "untrained", untrained=True)
            rows.append(score_bundle("untrained", fresh, data))
    rows += [score_bundle(folder.name, open_bundle(folder), data) for folder in bundles or (BUNDLE,)]
    _print(rows)


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=VOCABULARY, help="Default: shipped one."
)
@click.option("--photos", type=FOLDER, default=PHOTOS, help="Folders of JPEGs; default: photos/train in shared.")
@click.option(
    "--renders", type=FOLDER, default=WORKPLACE, show_default=True, help="Training views; else some are drawn."
)
@click.option("--without", multiple=True, metavar="NAME", help="A folder in --photos to leave out; repeatable.")
@click.option("--descriptors", type=int, default=1_200_000, show_default=True, help="About so many in all.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--work", type=FOLDER, default=VOCABULARY_WORKPLACE, show_default=True, help="Descriptors; resumes.")
def vocabulary(
    out: Path, photos: Path, renders: Path, without: Sequence[str], descriptors: int, seed: int, work: Path
) -> None:
    """Learn the visual words of the surface channel."""
    if not photos.is_dir():
        raise click.ClickException(f"{photos} is no folder: give --photos, or set PHOTOCODE_SHARED")
    if not (renders / "parts.json").exists():
        sprites = _extra("service.starter.render.sprites", "render")
        # Apart, so that training never takes these few for its own views.
        renders = work / "renders"
        sprites.render_training(
            renders, MESHES, seed, sprites.Plan(rounds=1, rooms=2, views=1, studio_views=1, grounds=100)
        )
    try:
        sources = [*photo_sources(photos, without), render_source(renders, seed)]
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    plan = Plan(descriptors=descriptors, seed=seed, work=work)
    samples = sample_descriptors(sources, plan, click.echo)
    left_out = "".join(f" --without {shlex.quote(name)}" for name in without)
    command = f"photocode starter vocabulary --descriptors {descriptors} --seed {seed}{left_out}"
    provenance = describe_learning(samples, plan, command, datetime.now(UTC).date())
    try:
        learned = learn(np.concatenate([sample.descriptors for sample in samples]), seed, provenance, click.echo)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    out.parent.mkdir(parents=True, exist_ok=True)
    learned.save(out)
    click.echo(f"{out}: {learned.identity}, {out.stat().st_size / 1e6:.1f} MB\n{provenance}")


@click.command()
@click.option("--bundle", "folder", type=FOLDER, default=BUNDLE, show_default=True, help="That looks through a mask.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=MASK, help="Default: shipped one.")
def mask(folder: Path, out: Path) -> None:
    """Take the network that finds objects in photos, and parts beside a scale card, out of a visual tower."""
    _extra("service.models.mask", "export").write_mask(open_bundle(folder), out)
    click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


def _print(rows: list[Figures]) -> None:
    table = Table(title=f"{rows[0].photos} field photos of the demo catalog")
    columns = ("embedding", "top-1", "top-5", "twins", "twins", "over siblings", "over others", "text", "ms")
    for column in columns:
        table.add_column(column, justify="left" if column == "embedding" else "right")
    for row in rows:
        shares = (row.top1, row.top5, row.twins_top1, row.twins_top5, row.sibling_auc, row.other_auc)
        words = "" if row.text_top5 is None else f"{row.text_top5:.0%}"
        table.add_row(row.name, *(f"{share:.1%}" for share in shares), words, f"{row.milliseconds:.1f}")
    console = Console(width=None if os.isatty(1) else WIDTH_OF_A_FILE)
    console.print(table)
    console.print(
        "top-1 and top-5: products without a twin, then twins. Over siblings, others: how often a product's photo "
        "scores higher than one of a part in no catalog. Text: right products among the first five for a colour and "
        "a noun."
    )
