"""The starter's network: open_clip's CLIP class with a small timm tower that is shown what matters, and a small text
transformer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from service.models.torchvision_shim import prepare_torchvision
from service.recognition.embedding.bundle import Preprocessing
from service.starter.train.focus import FocusedTower
from service.starter.train.vocabulary import CONTEXT_LENGTH

prepare_torchvision()  # before open_clip and timm, which import torchvision
import open_clip.model  # noqa: E402
import timm  # noqa: E402

SIZE = 192
CUT = 128
DIMENSION = 256
SHALLOW, TOWER = "resnet10t", "starter_resnet16t"
"""The tower at first, and later on."""
NEVER = -1e4
STAGES = ("layer1", "layer2", "layer3", "layer4")
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
PREPROCESSING = Preprocessing(size=SIZE, resize_mode="shortest", interpolation="bicubic", mean=MEAN, std=STD)


@timm.models.register_model  # type: ignore[untyped-decorator]  # torch is untyped where the server is checked
def starter_resnet16t(*, pretrained: bool, **settings: Any) -> nn.Module:
    """The shallow tower with two blocks in each stage but the last, which is the largest and sees 3 x 3 places."""
    if pretrained:
        raise ValueError("the starter's tower is trained here: there are no other weights of it")
    return timm.create_model(SHALLOW, pretrained=False, layers=(2, 2, 2, 1), **settings)


def build(vocabulary: int, tower: str = TOWER) -> nn.Module:
    """A fresh network for so many token ids."""
    vision = {"timm_model_name": tower, "timm_pool": "avg", "timm_proj": "linear", "image_size": CUT}
    text = {"context_length": CONTEXT_LENGTH, "vocab_size": vocabulary, "width": 160, "heads": 4, "layers": 2}
    network = open_clip.model.CLIP(embed_dim=DIMENSION, vision_cfg=vision, text_cfg=text, quick_gelu=False)
    network.visual = FocusedTower(network.visual, CUT)
    network.attn_mask.clamp_(min=NEVER)  # averaged weights: infinities would come out of the average as NaN
    return network


def deepen(network: nn.Module, deep: nn.Module) -> list[nn.Parameter]:
    """Add to each stage the blocks that ``deep`` has beyond ``network``'s; gives their parameters.

    A fresh residual block passes on what it gets, so the network answers as before and goes on learning (stacking,
    Gong et al., ICML 2019): a shallow tower learns faster at first.
    """
    added: list[nn.Parameter] = []
    for stage in STAGES:
        shallow, whole = (getattr(one.visual.tower.trunk, stage) for one in (network, deep))
        for block in list(whole)[len(shallow) :]:
            shallow.append(block)
            added += block.parameters()
    return added


def read(network: nn.Module, tokenizer: Tokenizer, texts: Sequence[str]) -> torch.Tensor:
    """Embeddings of texts: float32[n, d] of length 1."""
    ids = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(list(texts))])
    return functional.normalize(network.encode_text(ids).float(), dim=-1)


def normalised(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """RGB, uint8[n, h, w, 3], to what the visual tower takes: float32[n, 3, h, w], channels last in memory."""
    shift, scale = torch.tensor(MEAN) * 255, torch.tensor(STD) * 255
    return ((torch.from_numpy(pictures) - shift) / scale).permute(0, 3, 1, 2)
