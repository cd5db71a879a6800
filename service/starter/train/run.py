"""Training from a folder of renders to a checkpoint, and from a checkpoint to a bundle."""

import json
from importlib.metadata import version
from pathlib import Path
from random import Random

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from service.models.export import TowerSource, export_bundle
from service.models.open_clip_source import ImageEncoder, TextEncoder
from service.recognition.embedding.bundle import Bundle, Provenance
from service.starter.train.captions import caption
from service.starter.train.compact import store_in_half
from service.starter.train.loop import CHECKPOINT, LOG, Learner, Recipe, train
from service.starter.train.network import CUT, DIMENSION, PREPROCESSING, SHALLOW, TOWER, build
from service.starter.train.views import Views, load_views
from service.starter.train.vocabulary import CONTEXT_LENGTH, learn_tokenizer

TOKENIZER = "tokenizer.json"
STATE = "run.json"
CAPTIONS_PER_PART = 60
REAL_PHOTOS = (
    "Grocery Store Dataset, training split (M. Klasson et al., WACV 2019, MIT), and clothing photos (CC0): grounds, "
    "and photos of one product that attract; a quarter of the products was kept apart"
)


def train_starter(data: Path, photos: Path | None, out: Path, minutes: float, recipe: Recipe, threads: int) -> None:
    """Learn (or go on learning) and leave checkpoint, tokenizer, log and a record of the run in ``out``."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    views = load_views(data, photos)
    learner = Learner(views, _tokenizer(views, out / TOKENIZER, recipe.seed), recipe)
    train(learner, out, minutes)
    (out / STATE).write_text(json.dumps(_record(views, learner, minutes, threads), indent=1) + "\n")


def export_starter(run: Path, out: Path, *, untrained: bool = False) -> Bundle:
    """Make a bundle of a run's averaged weights, or of the same network without any training."""
    tokenizer = Tokenizer.from_file(str(run / TOKENIZER))
    provenance: Provenance = {"training": "none: random weights"}
    if untrained:
        torch.manual_seed(0)
        network = build(tokenizer.get_vocab_size())
    else:
        network = _averaged(run / CHECKPOINT, tokenizer.get_vocab_size())
        provenance = json.loads((run / STATE).read_text()) | {"learning_curve": learning_curve(run / LOG)}
    network = network.eval().to(memory_format=torch.contiguous_format)
    exported = export_bundle(_source(network, tokenizer), out, licence="Apache-2.0", provenance=provenance)
    return store_in_half(exported)


def _averaged(checkpoint: Path, vocabulary: int) -> nn.Module:
    state = torch.load(checkpoint, weights_only=True)
    averaged = torch.optim.swa_utils.AveragedModel(build(vocabulary, TOWER if state["deep"] else SHALLOW))
    averaged.load_state_dict(state["averaged"])
    return averaged.module


def learning_curve(log: Path) -> list[str]:
    """How often parts kept apart were found along the way, a sentence for each time they were looked up."""
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return [
        f"{line['pictures']:,} pictures, {line['seconds'] / 60:.0f} min: top-1 {line['top1']:.1%}, "
        f"top-5 {line['top5']:.1%}, kind {line['kind']:.1%}, finish {line['finish']:.1%}"
        + (f", text {line['text']:.1%}" if "text" in line else "")
        for line in lines
        if "top1" in line
    ]


def _source(network: nn.Module, tokenizer: Tokenizer) -> TowerSource:
    return TowerSource(
        name="starter",
        visual=ImageEncoder(network),
        text=TextEncoder(network),
        dimension=DIMENSION,
        context_length=CONTEXT_LENGTH,
        preprocessing=PREPROCESSING,
        tokenizer=tokenizer,
    )


def _tokenizer(views: Views, path: Path, seed: int) -> Tokenizer:
    if not path.exists():
        random = Random(seed)
        said = [caption(part["statements"], random).text for part in views.parts for _ in range(CAPTIONS_PER_PART)]
        learn_tokenizer(said).save(str(path))
    return Tokenizer.from_file(str(path))


def _record(views: Views, learner: Learner, minutes: float, threads: int) -> Provenance:
    renders = sum(int(np.prod(room.shape[:2])) for room in views.rooms)
    size = PREPROCESSING.size
    return {
        "training": "photocode starter render --training, then photocode starter train",
        "architecture": (
            f"open_clip CLIP: {TOWER if learner.deep else SHALLOW} at {CUT} px behind a mask (U-Net) on pictures of "
            f"{size} px, text transformer 2x160, {DIMENSION} dimensions"
        ),
        "data": f"{len(views.learnt)} CAD parts in {renders} renders, none that looks like one of the demo's",
        "held_out_parts": len(views.held_out),
        "real_photos": len(views.real),
        "real_photos_source": REAL_PHOTOS if len(views.real) else "none",
        "render_seed": views.seed,
        "seed": learner.recipe.seed,
        "picture_sizes": ", ".join(
            f"{size} px cut to {cut} from {start:.0%} on" for start, size, cut in learner.recipe.sizes
        ),
        "shallow": f"{SHALLOW} until {learner.recipe.shallow_until:.0%} of the time",
        "minutes": round(learner.elapsed / 60, 1),
        "planned_minutes": minutes,
        "threads": threads,
        "steps": learner.steps,
        "pictures": learner.pictures,
        "torch": version("torch"),
        "open_clip": version("open_clip_torch"),
    }
