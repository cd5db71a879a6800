"""Zero-shot tags: how much a photo looks like each text of a list, by the model's text tower."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog.search.vectors import Vector
from service.recognition.embedding.engine import ImageEmbedder
from service.recognition.stages import Stages

CLIP_SCALE: Final = 100.0
"""Of cosines, where nothing was fitted for the model: CLIP learns a logit scale and holds it at 100 (Radford et al.,
ICML 2021), which its models reach."""

UNSUPPORTED: Final = "unsupported"
"""Why tags are left out: the model has no text tower."""

_LISTS: Final = 32
"""That are kept, the longest unused one going first. A list of 100 tags in 512 dimensions takes 0.2 MB."""
_AT_ONCE: Final = 16
"""Texts, so that what a worker types need not wait for a whole list."""


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag and the texts that describe what bears it, at least one."""

    name: str
    prompts: tuple[str, ...]


Tags = tuple[Tag, ...]
TextVectors = NDArray[np.float32]
"""``float32[texts, d]``."""


@dataclass(frozen=True, kw_only=True)
class TagShare:
    """A tag and its probability among the tags of its list, 0..1."""

    tag: str
    probability: float


class TagTexts:
    """Vectors of lists of tags. A list is embedded once, whoever asks for it first, and known by its content: another
    list is another entry.
    """

    def __init__(self, engine: ImageEmbedder, scale: float) -> None:
        """``engine`` stays the caller's to close. ``scale``: of its cosines with texts."""
        self._engine = engine
        self._scale = scale
        self._lists: OrderedDict[Tags, asyncio.Task[NDArray[np.float32]]] = OrderedDict()

    async def beside(self, tags: Tags, stages: Stages) -> NDArray[np.float32] | None:
        """``float32[tags, d]``; None where there are no tags, or where they are late, fail or cannot be had, which
        ``stages`` then say. What is late goes on, so that a later lookup finds it.
        """
        if not tags:
            return None
        if not self._engine.has_text:
            stages.dropped["tags"] = UNSUPPORTED
            return None
        return await stages.optional("tags", asyncio.shield(self._list(tags)))

    def shares(
        self, tags: Tags, texts: NDArray[np.float32] | None, photos: Sequence[Vector | None]
    ) -> list[TagShare] | None:
        """The most probable first; None without texts or photos. ``texts``: ``float32[tags, d]``; ``photos``:
        ``float32[d]`` each. Of several photos cosines are averaged.
        """
        seen = [photo for photo in photos if photo is not None]
        if texts is None or not seen:
            return None
        logits = self._scale * np.mean([texts @ photo for photo in seen], axis=0, dtype=np.float64)
        powers = np.exp(logits - logits.max())
        given = (powers / powers.sum()).tolist()
        found = [TagShare(tag=tag.name, probability=share) for tag, share in zip(tags, given, strict=True)]
        return sorted(found, key=lambda one: (-one.probability, one.tag))

    def _list(self, tags: Tags) -> "asyncio.Task[NDArray[np.float32]]":
        if tags not in self._lists:
            self._lists[tags] = asyncio.create_task(self._embed(tags))
            self._lists[tags].add_done_callback(lambda done: self._forget(tags, done))
            if len(self._lists) > _LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(tags)
        return self._lists[tags]

    def _forget(self, tags: Tags, done: "asyncio.Task[NDArray[np.float32]]") -> None:
        """What failed is tried again by the next who asks."""
        if (done.cancelled() or done.exception()) and self._lists.get(tags) is done:
            del self._lists[tags]

    async def _embed(self, tags: Tags) -> NDArray[np.float32]:
        texts = [prompt for tag in tags for prompt in tag.prompts]
        parts = [await self._engine.embed_texts(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)]
        ends = np.cumsum([len(tag.prompts) for tag in tags])[:-1]
        means = np.stack([some.mean(axis=0) for some in np.split(np.concatenate(parts), ends)])
        vectors: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
        return vectors
