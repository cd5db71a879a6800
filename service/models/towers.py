"""The two towers as they are exported: raw input in, unit vectors out."""

import torch
from torch import nn
from torch.nn import functional


class VisualTower(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """``uint8[n, size, size, 3]`` RGB pixels to ``float32[n, d]`` vectors of length 1."""

    def __init__(self, encoder: nn.Module, mean: tuple[float, float, float], std: tuple[float, float, float]) -> None:
        """``encoder`` takes normalised ``float32[n, 3, size, size]``; mean and std are of values in 0..1."""
        super().__init__()
        self.encoder = encoder
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalise as torchvision does (divide by 255 first), encode, scale to length 1."""
        normalised = (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std
        return functional.normalize(self.encoder(normalised), dim=-1)


class TextTower(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """``int64[n, context_length]`` token ids to ``float32[n, d]`` vectors of length 1."""

    def __init__(self, encoder: nn.Module) -> None:
        """``encoder`` takes token ids and gives features."""
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Encode, scale to length 1."""
        return functional.normalize(self.encoder(ids), dim=-1)
