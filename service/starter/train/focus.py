"""Where the thing is: a small network draws its mask, and the picture is cut, turned and cleared accordingly.

What surrounds a part in a field photo says nothing of it, and how large and which way round it lies says little. The
tower behind gets the part alone, filling the frame, its longest extent across.
"""

import torch
from torch import nn
from torch.nn import functional

from service.starter.train.scene import MASK

SEEN = 2 * MASK
"""Edge in pixels of the small picture that the mask is drawn from."""
EVERYWHERE = 0.002
"""Weight of every pixel beside the mask's: where there is no mask at all, the whole picture is cut."""
EXTENT = 1.85
"""Half the cut's edge in units of the mask's root mean square radius: the ends of a rod lie at 1.73."""
LEFT_AROUND = 0.12
"""Share of the surroundings that is left in, since masks err."""


class Focus(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """Mask logits float[n, 1, 32, 32] of normalised pictures float[n, 3, h, w] (U-Net, Ronneberger et al., 2015)."""

    def __init__(self, width: int = 16) -> None:
        """``width``: channels of the finest level."""
        super().__init__()
        self.fine = _block(3, width, stride=2)
        self.middle = _block(width, 2 * width, stride=2)
        self.coarse = nn.Sequential(_block(2 * width, 4 * width, stride=2), _block(4 * width, 4 * width))
        self.deep = nn.Sequential(_block(4 * width, 4 * width, stride=2), _block(4 * width, 4 * width))
        self.up_coarse = _block(8 * width, 2 * width)
        self.up_middle = _block(4 * width, 2 * width)
        self.up_fine = _block(3 * width, width)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """From pictures of any size."""
        small = functional.interpolate(pictures, (SEEN, SEEN), mode="area")
        fine = self.fine(small)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        deep = self.deep(coarse)
        up = self.up_coarse(torch.cat([_doubled(deep), coarse], 1))
        up = self.up_middle(torch.cat([_doubled(up), middle], 1))
        return self.out(self.up_fine(torch.cat([_doubled(up), fine], 1)))


class FocusedTower(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """A visual tower that looks at what the mask shows, at ``edge`` pixels."""

    def __init__(self, tower: nn.Module, edge: int) -> None:
        """The tower takes float[n, 3, edge, edge]."""
        super().__init__()
        self.focus, self.tower, self.edge = Focus(), tower, edge

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Embeddings of pictures of any size."""
        return self.tower(focused(pictures, self.focus(pictures), self.edge))


def focused(pictures: torch.Tensor, logits: torch.Tensor, edge: int) -> torch.Tensor:
    """Cut the pictures to what the masks show: float[n, 3, edge, edge], surroundings dimmed to the mean colour."""
    mask = torch.sigmoid(logits.float())
    grid = _grid(mask, edge)
    cut = functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    seen = functional.grid_sample(mask, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return cut * (LEFT_AROUND + (1 - LEFT_AROUND) * seen)


def _grid(mask: torch.Tensor, edge: int) -> torch.Tensor:
    """Sampling places float[n, edge, edge, 2] in -1..1, from the first and second moments of the masks."""
    line = (torch.arange(MASK, dtype=torch.float32) + 0.5) * 2 / MASK - 1
    weight = mask[:, 0] ** 2 + EVERYWHERE
    total = weight.sum((1, 2))
    across, down = weight.sum(1), weight.sum(2)
    x, y = (across * line).sum(1) / total, (down * line).sum(1) / total
    dx, dy = line[None, :] - x[:, None], line[None, :] - y[:, None]
    xx, yy = (across * dx * dx).sum(1) / total, (down * dy * dy).sum(1) / total
    xy = (weight * dy[:, :, None] * dx[:, None, :]).sum((1, 2)) / total
    # Half of the angle whose cosine and sine are those of the covariance's direction.
    spread = torch.sqrt((xx - yy) ** 2 + 4 * xy * xy + 1e-8)
    double_cosine = (xx - yy) / spread
    cosine = torch.sqrt(((1 + double_cosine) / 2).clamp(min=1e-6))
    sine = torch.sqrt(((1 - double_cosine) / 2).clamp(min=1e-6)) * torch.where(xy < 0, -1.0, 1.0)
    half = EXTENT * torch.sqrt(xx + yy)
    places = (torch.arange(edge, dtype=torch.float32) + 0.5) * 2 / edge - 1
    right, below = places[None, None, :] * half[:, None, None], places[None, :, None] * half[:, None, None]
    cosine, sine = cosine[:, None, None], sine[:, None, None]
    first = x[:, None, None] + cosine * right - sine * below
    second = y[:, None, None] + sine * right + cosine * below
    return torch.stack([first, second], -1)


def _doubled(features: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")


def _block(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))
