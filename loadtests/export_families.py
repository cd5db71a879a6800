"""``python -m loadtests.export_families``: every family's towers in ONNX Runtime against torch, as a table.

Untrained weights, drawn so that pictures and texts lie far apart. Needs the ``[export]`` extra.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loadtests.local_models import save_multilingual_model, save_siglip_tokenizer
from service.models.compare import Closeness, compare_pictures, compare_texts
from service.models.export import TowerSource, export_bundle
from service.models.open_clip_source import load_open_clip
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle


@dataclass(frozen=True)
class Family:
    """One architecture; ``prepare`` writes what it needs into a folder and gives the model's name and tokenizer."""

    title: str
    prepare: Callable[[Path], tuple[str, Path | None]]


def registered(name: str) -> Family:
    """Give a model that open_clip knows and whose tokenizer it carries."""
    return Family(name, lambda _: (name, None))


FAMILIES = [
    registered("ViT-B-32"),
    registered("RN50"),
    registered("convnext_tiny"),
    Family("ViT-B-16-SigLIP", lambda folder: ("ViT-B-16-SigLIP", save_siglip_tokenizer(folder / "tokenizer"))),
    registered("MobileCLIP-S1"),
    registered("EVA02-B-16"),
    Family("XLM-RoBERTa text", lambda folder: (str(save_multilingual_model(folder)), None)),
]


@contextmanager
def exported(family: Family, seed: int = 0) -> Iterator[tuple[TowerSource, Bundle]]:
    """Give a family's model and the bundle made of it, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        name, tokenizer = family.prepare(Path(scratch))
        source = load_open_clip(name, seed=seed, tokenizer_file=tokenizer)
        out = Path(scratch) / "bundle"
        yield source, export_bundle(source, out, licence="none", provenance={"weights": f"random, seed {seed}"})


@click.command()
@click.argument("titles", nargs=-1)
def main(titles: tuple[str, ...]) -> None:
    """Print the table, of all families or of those named."""
    table = Table("family", "tower", "max difference", "1 - centred cosine", "spread", "batch 1 against n", "s")
    for family in FAMILIES:
        if titles and family.title not in titles:
            continue
        begun = time.monotonic()
        with exported(family) as (source, bundle):
            runner = BundleRunner(bundle)
            pictures, texts = compare_pictures(source, runner), compare_texts(source, runner)
        _add(table, family.title, "visual", pictures, f"{time.monotonic() - begun:.0f}")
        _add(table, "", "text", texts, "")
    Console().print(table)


def _add(table: Table, title: str, tower: str, found: Closeness, seconds: str) -> None:
    figures = (found.largest_difference, 1 - found.centred_cosine, found.spread, found.batch_difference)
    table.add_row(title, tower, *(f"{figure:.1e}" for figure in figures), seconds)


if __name__ == "__main__":
    main()
