"""The training loop: boxed in time, resumable, seeded; writes a log and checkpoints."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from service.starter.train.captions import caption
from service.starter.train.compose import Composer
from service.starter.train.losses import CaptionLoss, CosineClassifier, same_part, same_photo
from service.starter.train.network import DIMENSION, SIZE, build, normalised
from service.starter.train.views import Views

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


@dataclass(frozen=True)
class Recipe:
    """How the starter learns. A batch holds ``parts`` parts, each in a studio view and
    ``field_views`` field photos; real photos attract their other view until a share of the time, by when they do.
    """

    seed: int = 7
    parts: int = 10
    field_views: int = 3
    captions: int = 24
    real_pairs: int = 4
    real_until: float = 0.45
    rate: float = 1.3e-3
    decay: float = 0.05
    warm_up: float = 0.03
    easy_until: float = 0.6
    average: float = 0.997


class Learner:
    """Everything that changes while learning."""

    def __init__(self, views: Views, tokenizer: Tokenizer, recipe: Recipe) -> None:
        """Fresh weights from the recipe's seed."""
        torch.manual_seed(recipe.seed)
        self.views, self.tokenizer, self.recipe = views, tokenizer, recipe
        self.network = build(tokenizer.get_vocab_size()).to(memory_format=torch.channels_last)
        self.learnt = np.array(views.learnt)
        self.classifier = CosineClassifier(len(self.learnt), DIMENSION)
        self.caption_loss = CaptionLoss()
        self.heads = nn.ModuleList([self.classifier, self.caption_loss])
        averaging = torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.average)
        self.averaged = torch.optim.swa_utils.AveragedModel(self.network, multi_avg_fn=averaging, use_buffers=True)
        weights = [p for p in [*self.network.parameters(), *self.heads.parameters()] if p.requires_grad]
        groups = [
            {"params": [p for p in weights if p.ndim > 1], "weight_decay": recipe.decay},
            {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
        self.steps, self.pictures, self.elapsed = 0, 0, 0.0

    def step(self, composer: Composer, random: Random, progress: float) -> dict[str, float]:
        """One batch, one step; gives the losses."""
        recipe = self.recipe
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * _rate_share(progress, recipe.warm_up)
        self.classifier.ease = min(1.0, progress / recipe.easy_until)
        picked = self._pick(random)
        labels = np.concatenate([picked, np.repeat(picked, recipe.field_views)])
        pictures = [composer.studio(picked, SIZE), composer.field(labels[len(picked) :], SIZE)]
        pairs = recipe.real_pairs if len(self.views.real) and progress < recipe.real_until else 0
        pictures += composer.real(pairs, SIZE) if pairs else ()
        texts, truth = self._captions(labels, random)
        losses = self._losses(normalised(torch.cat(pictures)), labels, texts, truth, pairs)
        total = losses["class"] + 0.5 * losses["part"] + 0.4 * losses["caption"] + 0.2 * losses["photo"]
        self.optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.averaged.update_parameters(self.network)
        self.steps += 1
        self.pictures += len(labels) + 2 * pairs
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def _losses(
        self, pictures: torch.Tensor, labels: NDArray[np.int64], texts: torch.Tensor, truth: torch.Tensor, pairs: int
    ) -> dict[str, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            seen = self.network.encode_image(pictures)
            read = self.network.encode_text(texts)
        seen, read = functional.normalize(seen.float(), dim=-1), functional.normalize(read.float(), dim=-1)
        rendered = seen[: len(labels)]
        classes = torch.from_numpy(np.searchsorted(self.learnt, labels))
        first, second = seen[len(labels) : len(labels) + pairs], seen[len(labels) + pairs :]
        return {
            "class": self.classifier(rendered, classes),
            "part": same_part(rendered, classes),
            "caption": self.caption_loss(rendered, read, truth),
            "photo": same_photo(first, second) if pairs else torch.zeros(()),
        }

    def _pick(self, random: Random) -> NDArray[np.int64]:
        """Parts for a batch: half of them siblings of one category, half anything."""
        category = random.choice([self.views.parts[i]["category"] for i in self.learnt])
        siblings = [int(i) for i in self.learnt if self.views.parts[i]["category"] == category]
        chosen = random.sample(siblings, min(len(siblings), self.recipe.parts // 2))
        rest = [int(i) for i in self.learnt if int(i) not in set(chosen)]
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
        counters = {"steps": self.steps, "pictures": self.pictures, "elapsed": self.elapsed}
        return {
            **{name: module.state_dict() for name, module in modules.items()},
            **counters,
            "recipe": asdict(self.recipe),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a checkpoint stopped."""
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.heads.load_state_dict(state["heads"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.pictures, self.elapsed = state["steps"], state["pictures"], state["elapsed"]


def train(learner: Learner, out: Path, minutes: float, *, save_every: float = 120.0) -> None:
    """Learn until so many minutes were spent, in this run and those that it resumes."""
    checkpoint = out / CHECKPOINT
    if checkpoint.exists():
        learner.restore(torch.load(checkpoint, weights_only=True))
    start, saved = time.monotonic() - learner.elapsed, learner.elapsed
    seed = learner.recipe.seed + learner.steps  # a resumed run draws other pictures than its first part did
    composer, random = Composer(learner.views, seed), Random(seed)
    learner.network.train()
    with (out / LOG).open("a") as log:
        while (elapsed := time.monotonic() - start) < minutes * 60:
            losses = learner.step(composer, random, elapsed / (minutes * 60))
            learner.elapsed = time.monotonic() - start
            if learner.steps % 50 == 0:
                line = {"step": learner.steps, "seconds": round(learner.elapsed, 1), "pictures": learner.pictures}
                text = json.dumps(line | {name: round(loss, 3) for name, loss in losses.items()})
                print(text, flush=True)
                log.write(text + "\n")
                log.flush()
            if learner.elapsed - saved > save_every:
                _save(learner, checkpoint)
                saved = learner.elapsed
    _save(learner, checkpoint)


def _save(learner: Learner, path: Path) -> None:
    partial = path.with_suffix(".partial")
    torch.save(learner.state(), partial)
    partial.replace(path)


def _rate_share(progress: float, warm_up: float) -> float:
    """Linear up, then half a cosine down."""
    if progress < warm_up:
        return progress / warm_up
    return float(0.5 * (1 + np.cos(np.pi * min(1.0, (progress - warm_up) / (1 - warm_up))))) + 1e-3
