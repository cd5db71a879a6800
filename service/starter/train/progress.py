"""How far learning has come: field photos of parts that are never learnt from, looked up among their studio views."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from service.starter.train.compose import Composer
from service.starter.train.network import normalised
from service.starter.train.views import Views

SEED = 99
STUDIO_VIEWS = 3
FIELD_VIEWS = 2
BATCH = 128


def measured(network: nn.Module, views: Views) -> dict[str, float]:
    """``top1`` and ``top5`` among the parts kept apart, always on the same pictures; ``kind`` and ``finish``: how often
    the first one found is of the right kind, of the right finish.
    """
    size = views.rooms[0].shape[-2]  # what was rendered holds no more
    labels = np.array(views.held_out)
    composer = Composer(views, SEED)
    gallery = _embedded(network, composer.studio(np.repeat(labels, STUDIO_VIEWS), size).pictures)
    asked = np.repeat(labels, FIELD_VIEWS)
    found = _embedded(network, composer.field(asked, size).pictures)
    composer.close()
    scores = (found @ gallery.T).reshape(len(asked), len(labels), STUDIO_VIEWS).max(axis=2)
    right = np.searchsorted(labels, asked)
    ranks = (scores > scores[np.arange(len(asked)), right][:, None]).sum(axis=1)
    first = labels[scores.argmax(axis=1)]
    figures = {"top1": np.mean(ranks < 1), "top5": np.mean(ranks < 5)}
    for name, aspect in (("kind", "recipe"), ("finish", "finish")):
        numbers = views.numbered(aspect)
        figures[name] = np.mean(numbers[first] == numbers[asked])
    return {name: round(float(value), 4) for name, value in figures.items()}


def _embedded(network: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    was_training = network.training
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        parts = [network.encode_image(normalised(pictures[at : at + BATCH])) for at in range(0, len(pictures), BATCH)]
    network.train(was_training)
    vectors: NDArray[np.float32] = functional.normalize(torch.cat(parts).float(), dim=-1).numpy()
    return vectors
