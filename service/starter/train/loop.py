"""The training loop: boxed in time, resumable, seeded; writes a log and checkpoints."""

import json
import time
from collections.abc import Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, TextIO

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from service.starter.train.captions import caption
from service.starter.train.compose import Composer
from service.starter.train.focus import focused
from service.starter.train.losses import Attributes, CaptionLoss, CosineClassifier, same_part, same_photo
from service.starter.train.network import DIMENSION, SHALLOW, TOWER, build, deepen, normalised
from service.starter.train.progress import measured
from service.starter.train.text import tune_text
from service.starter.train.views import Views

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
WEIGHTS = {"mask": 2.0, "class": 0.3, "part": 0.5, "attribute": 1.0, "caption": 0.3, "photo": 0.2}
MEASURE_EVERY = 480.0


@dataclass(frozen=True)
class Recipe:
    """How the starter learns: first parts on plain grounds, then ever more about them.

    A batch holds ``parts`` parts, ``siblings`` of them of one kind, each in a studio view and ``field_views`` field
    photos, and ``real_pairs`` pairs of real photos. ``sizes``: edges in pixels of pictures and of what is cut from
    them, from a share of the time on: small ones first, since they are learnt from faster. Until ``mask_until``
    nothing but masks is learnt, until ``easy_until`` ever more clutter is drawn, and until ``shallow_until`` the tower
    has fewer blocks. At the end the text tower learns alone for ``text_steps``.
    """

    seed: int = 7
    parts: int = 32
    siblings: int = 8
    field_views: int = 2
    captions: int = 32
    real_pairs: int = 8
    rate: float = 3e-3
    decay: float = 0.05
    warm_up: float = 0.02
    mask_until: float = 0.04
    easy_until: float = 0.3
    shallow_until: float = 0.33
    average: float = 0.998
    text_steps: int = 800
    sizes: tuple[tuple[float, int, int], ...] = ((0.0, 96, 64), (0.35, 128, 96), (0.6, 192, 128))

    def sizes_at(self, progress: float) -> tuple[int, int]:
        """Edges in pixels at a share of the time: picture, cut."""
        return [(picture, cut) for start, picture, cut in self.sizes if start <= progress][-1]


class Learner:
    """Everything that changes while learning."""

    def __init__(self, views: Views, tokenizer: Tokenizer, recipe: Recipe) -> None:
        """Fresh weights from the recipe's seed."""
        torch.manual_seed(recipe.seed)
        self.views, self.tokenizer, self.recipe = views, tokenizer, recipe
        self.deep = False
        self.network = build(tokenizer.get_vocab_size(), SHALLOW).to(memory_format=torch.channels_last)
        self.learnt = views.learnt
        self.classes, self.kinds, self.finishes = (views.numbered(word) for word in ("class", "recipe", "finish"))
        self.classifier = CosineClassifier(self.classes.max() + 1, DIMENSION)
        self.attributes = Attributes(self.kinds.max() + 1, self.finishes.max() + 1, DIMENSION)
        self.caption_loss = CaptionLoss()
        self.heads = nn.ModuleList([self.classifier, self.attributes, self.caption_loss])
        averaging = torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.average)
        self.averaged = torch.optim.swa_utils.AveragedModel(self.network, multi_avg_fn=averaging, use_buffers=True)
        groups = self._grouped([*self.network.parameters(), *self.heads.parameters()])
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
        self.steps, self.pictures, self.elapsed = 0, 0, 0.0

    def deepen(self) -> None:
        """From here on the tower has all its blocks."""
        whole = build(self.tokenizer.get_vocab_size(), TOWER).to(memory_format=torch.channels_last)
        deepen(self.averaged.module, deepcopy(whole))
        for group in self._grouped(deepen(self.network, whole)):
            self.optimiser.add_param_group(group)
        self.deep = True

    def _grouped(self, weights: Sequence[nn.Parameter]) -> list[dict[str, Any]]:
        """Matrices decay, biases and scales do not."""
        matrices = [p for p in weights if p.ndim > 1]
        rest = [p for p in weights if p.ndim <= 1]
        return [{"params": matrices, "weight_decay": self.recipe.decay}, {"params": rest, "weight_decay": 0.0}]

    def step(self, composer: Composer, random: Random, progress: float) -> dict[str, float]:
        """One batch, one step; gives the losses."""
        recipe = self.recipe
        if progress >= recipe.shallow_until and not self.deep:
            self.deepen()
        size, cut = recipe.sizes_at(progress)
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * _rate_share(progress, recipe.warm_up)
        hardness = min(1.0, progress / recipe.easy_until)
        self.classifier.ease = hardness
        picked = self._pick(random)
        labels = np.concatenate([picked, np.repeat(picked, recipe.field_views)])
        drawn = [composer.studio(picked, size), composer.field(labels[len(picked) :], size, max(hardness, 0.3))]
        pairs = recipe.real_pairs if self.views.products else 0
        drawn += composer.real(pairs, size) if pairs else ()
        pictures = normalised(np.concatenate([one.pictures for one in drawn]))
        masks = torch.from_numpy(np.concatenate([one.masks for one in drawn]))
        learns_masks = progress < recipe.easy_until or self.steps % 2 == 0
        with torch.autocast("cpu", torch.bfloat16), torch.set_grad_enabled(learns_masks):
            logits = self.network.visual.focus(pictures)
        losses = {"mask": functional.binary_cross_entropy_with_logits(logits.float()[:, 0], masks)}
        if progress >= recipe.mask_until:
            cuts = focused(pictures, logits.detach(), cut).contiguous(memory_format=torch.channels_last)
            texts, truth = self._captions(labels, random)
            losses |= self._losses(cuts, labels, texts, truth, pairs)
        total = sum(WEIGHTS[name] * loss for name, loss in losses.items())
        self.optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.averaged.update_parameters(self.network)
        self.steps += 1
        self.pictures += len(pictures)
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _losses(
        self, cuts: torch.Tensor, labels: NDArray[np.int64], texts: torch.Tensor, truth: torch.Tensor, pairs: int
    ) -> dict[str, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            seen = self.network.visual.tower(cuts)
            read = self.network.encode_text(texts)
        plain = seen[: len(labels)].float()
        seen, read = functional.normalize(seen.float(), dim=-1), functional.normalize(read.float(), dim=-1)
        rendered = seen[: len(labels)]
        classes = torch.from_numpy(self.classes[labels])
        kinds, finishes = torch.from_numpy(self.kinds[labels]), torch.from_numpy(self.finishes[labels])
        first, second = seen[len(labels) : len(labels) + pairs], seen[len(labels) + pairs :]
        return {
            "class": self.classifier(rendered, classes),
            "part": same_part(rendered, classes),
            "attribute": self.attributes(plain, kinds, finishes),
            "caption": self.caption_loss(rendered, read, truth),
            "photo": same_photo(first, second) if pairs else torch.zeros(()),
        }

    def _pick(self, random: Random) -> NDArray[np.int64]:
        """Parts for a batch: some of one kind, the rest anything."""
        kind = self.views.parts[random.choice(self.learnt)]["recipe"]
        alike = [i for i in self.learnt if self.views.parts[i]["recipe"] == kind]
        chosen = random.sample(alike, min(len(alike), self.recipe.siblings))
        rest = sorted(set(self.learnt) - set(chosen))
        return np.array(chosen + random.sample(rest, self.recipe.parts - len(chosen)))

    def _captions(self, labels: NDArray[np.int64], random: Random) -> tuple[torch.Tensor, torch.Tensor]:
        described = random.choices([int(v) for v in labels], k=self.recipe.captions)
        said = [caption(self.views.parts[label]["statements"], random) for label in described]
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch([c.text for c in said])]
        truth = [[c.holds_for(self.views.parts[label]["statements"]) for c in said] for label in labels]
        return torch.tensor(ids), torch.tensor(truth)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        modules = {"network": self.network, "averaged": self.averaged, "heads": self.heads, "optimiser": self.optimiser}
        counters = {"steps": self.steps, "pictures": self.pictures, "elapsed": self.elapsed, "deep": self.deep}
        return {
            **{name: module.state_dict() for name, module in modules.items()},
            **counters,
            "recipe": asdict(self.recipe),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a checkpoint stopped."""
        if state["deep"]:
            self.deepen()
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.heads.load_state_dict(state["heads"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.pictures, self.elapsed = state["steps"], state["pictures"], state["elapsed"]


def train(learner: Learner, out: Path, minutes: float, *, save_every: float = 120.0) -> None:
    """Learn until so many minutes were spent, in this run and those that it resumes; then tune the text tower.

    The log has the losses and, every few minutes and at the end, how often parts that are kept apart are found.
    """
    checkpoint = out / CHECKPOINT
    if checkpoint.exists():
        learner.restore(torch.load(checkpoint, weights_only=True))
    start, saved, told = time.monotonic() - learner.elapsed, learner.elapsed, learner.elapsed
    recipe = learner.recipe
    seed = recipe.seed + learner.steps  # a resumed run draws other pictures than its first part did
    composer, random = Composer(learner.views, seed), Random(seed)
    learner.network.train()
    with (out / LOG).open("a") as log, closing(composer):
        while (elapsed := time.monotonic() - start) < minutes * 60:
            losses = learner.step(composer, random, elapsed / (minutes * 60))
            learner.elapsed = time.monotonic() - start
            if learner.steps % 50 == 0:
                _tell(log, learner, {name: round(loss, 3) for name, loss in losses.items()})
            if learner.elapsed - told > MEASURE_EVERY:
                _tell(log, learner, measured(learner.averaged.module, learner.tokenizer, learner.views))
                told = learner.elapsed
            if learner.elapsed - saved > save_every:
                _save(learner, checkpoint)
                saved = learner.elapsed
        tune_text(
            learner.averaged.module, learner.caption_loss, learner.tokenizer, learner.views, seed, recipe.text_steps
        )
        _tell(log, learner, measured(learner.averaged.module, learner.tokenizer, learner.views))
    _save(learner, checkpoint)


def _tell(log: TextIO, learner: Learner, said: dict[str, float]) -> None:
    line = {"step": learner.steps, "seconds": round(learner.elapsed, 1), "pictures": learner.pictures}
    text = json.dumps(line | said)
    print(text, flush=True)
    log.write(text + "\n")
    log.flush()


def _save(learner: Learner, path: Path) -> None:
    partial = path.with_suffix(".partial")
    torch.save(learner.state(), partial)
    partial.replace(path)


def _rate_share(progress: float, warm_up: float) -> float:
    """Linear up, then half a cosine down."""
    if progress < warm_up:
        return progress / warm_up
    return float(0.5 * (1 + np.cos(np.pi * min(1.0, (progress - warm_up) / (1 - warm_up))))) + 1e-3
