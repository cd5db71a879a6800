"""The starter's network: open_clip's CLIP class with a small timm tower that is shown what matters, and a small text
transformer.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from service.models.torchvision_shim import prepare_torchvision
from service.recognition.embedding.bundle import Preprocessing
from service.starter.train.focus import FocusedTower
from service.starter.train.vocabulary import CONTEXT_LENGTH

prepare_torchvision()  # before open_clip, which imports torchvision
import open_clip.model  # noqa: E402

SIZE = 192
CUT = 96
DIMENSION = 256
TOWER = "resnet10t"
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
PREPROCESSING = Preprocessing(size=SIZE, resize_mode="shortest", interpolation="bicubic", mean=MEAN, std=STD)


def build(vocabulary: int) -> nn.Module:
    """A fresh network for so many token ids."""
    vision = {"timm_model_name": TOWER, "timm_pool": "avg", "timm_proj": "linear", "image_size": CUT}
    text = {"context_length": CONTEXT_LENGTH, "vocab_size": vocabulary, "width": 160, "heads": 4, "layers": 2}
    network = open_clip.model.CLIP(embed_dim=DIMENSION, vision_cfg=vision, text_cfg=text, quick_gelu=False)
    network.visual = FocusedTower(network.visual, CUT)
    return network


def normalised(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """RGB, uint8[n, h, w, 3], to what the visual tower takes: float32[n, 3, h, w], channels last in memory."""
    shift, scale = torch.tensor(MEAN) * 255, torch.tensor(STD) * 255
    return ((torch.from_numpy(pictures) - shift) / scale).permute(0, 3, 1, 2)
