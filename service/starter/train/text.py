"""The text tower goes on learning by itself once that of the pictures is done: cheap, for pictures are embedded once
(locked-image text tuning, Zhai et al., CVPR 2022).
"""

from copy import deepcopy
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from service.starter.train.captions import caption
from service.starter.train.compose import Composer
from service.starter.train.losses import CaptionLoss
from service.starter.train.network import SIZE, read
from service.starter.train.progress import embedded
from service.starter.train.views import Views

STUDIO_VIEWS = 3
PARTS, CAPTIONS = 256, 96
RATE, DECAY = 1e-3, 0.02


def tune_text(
    network: nn.Module, caption_loss: CaptionLoss, tokenizer: Tokenizer, views: Views, seed: int, steps: int
) -> None:
    """Change the weights of the text tower alone; ``caption_loss`` stays as it is."""
    learnt = np.array(views.learnt)
    seen = _seen(network, views, learnt, seed)
    loss = deepcopy(caption_loss)
    weights = [weight for name, weight in network.named_parameters() if not name.startswith("visual.")]
    optimiser = torch.optim.AdamW([*weights, *loss.parameters()], lr=RATE, weight_decay=DECAY)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    random, chance = Random(seed), np.random.default_rng(seed)
    network.train()
    for _ in range(steps):
        some = chance.choice(len(learnt), min(PARTS, len(learnt)), replace=False)
        pictures = seen[some, chance.integers(seen.shape[1], size=len(some))]
        said = [views.parts[part]["statements"] for part in learnt[some]]
        captions = [caption(random.choice(said), random) for _ in range(CAPTIONS)]
        truth = torch.tensor([[one.holds_for(true) for one in captions] for true in said])
        optimiser.zero_grad()
        loss(pictures, read(network, tokenizer, [one.text for one in captions]), truth).backward()
        optimiser.step()
        falling.step()
    network.eval()


def _seen(network: nn.Module, views: Views, learnt: NDArray[np.int64], seed: int) -> torch.Tensor:
    """Embeddings float32[parts, views, d]: studio views and a field view of each part."""
    composer = Composer(views, seed)
    drawn = [composer.studio(learnt, SIZE) for _ in range(STUDIO_VIEWS)] + [composer.field(learnt, SIZE)]
    composer.close()
    return torch.from_numpy(np.stack([embedded(network, one.pictures) for one in drawn], axis=1))
