"""How far learning has come: field photos of parts that are never learnt from, looked up among their studio views."""

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from service.starter.train.compose import Composer
from service.starter.train.network import SIZE, normalised, read
from service.starter.train.views import Views
from service.starter.wording import share_right, wordings

SEED = 99
STUDIO_VIEWS = 3
FIELD_VIEWS = 2
BATCH = 128


def measured(network: nn.Module, tokenizer: Tokenizer, views: Views) -> dict[str, float]:
    """``top1`` and ``top5`` among the parts kept apart, always on the same pictures; ``kind`` and ``finish``: how often
    the first one found is of the right kind, of the right finish; ``text``: how many of the first five are right when
    they are asked for by colour and noun.
    """
    labels = np.array(views.held_out)
    composer = Composer(views, SEED)
    gallery = embedded(network, composer.studio(np.repeat(labels, STUDIO_VIEWS), SIZE).pictures)
    asked = np.repeat(labels, FIELD_VIEWS)
    found = embedded(network, composer.field(asked, SIZE).pictures)
    composer.close()
    scores = (found @ gallery.T).reshape(len(asked), len(labels), STUDIO_VIEWS).max(axis=2)
    right = np.searchsorted(labels, asked)
    ranks = (scores > scores[np.arange(len(asked)), right][:, None]).sum(axis=1)
    first = labels[scores.argmax(axis=1)]
    figures = {"top1": np.mean(ranks < 1), "top5": np.mean(ranks < 5)}
    said = [views.parts[label]["statements"] for label in labels]
    with torch.no_grad():
        words = read(network, tokenizer, [" ".join(wording) for wording in wordings(said)]).numpy() @ gallery.T
    figures["text"] = np.float64(share_right(words.reshape(-1, len(labels), STUDIO_VIEWS).max(axis=2), said))
    for name, aspect in (("kind", "recipe"), ("finish", "finish")):
        numbers = views.numbered(aspect)
        figures[name] = np.mean(numbers[first] == numbers[asked])
    return {name: round(float(value), 4) for name, value in figures.items()}


def embedded(network: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of pictures uint8[n, h, w, 3]: float32[n, d] of length 1."""
    was_training = network.training
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        parts = [network.encode_image(normalised(pictures[at : at + BATCH])) for at in range(0, len(pictures), BATCH)]
    network.train(was_training)
    vectors: NDArray[np.float32] = functional.normalize(torch.cat(parts).float(), dim=-1).numpy()
    return vectors
