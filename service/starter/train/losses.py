"""What the network is asked for; all embeddings are float32[n, d] of length 1."""

import torch
from torch import nn
from torch.nn import functional

SMOOTHING = 0.05


class CosineClassifier(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """Large-margin cosine classification (CosFace, Wang et al., CVPR 2018)."""

    def __init__(self, classes: int, dimension: int, scale: float = 24.0, margin: float = 0.15) -> None:
        """One direction for each class."""
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, dimension) * 0.05)
        self.scale, self.margin = scale, margin
        self.ease = 1.0  # share of the margin that is asked for: growing, it lets learning begin

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy; ``labels`` is int64[n]."""
        cosines = embeddings @ functional.normalize(self.directions, dim=-1).T
        wanted = functional.one_hot(labels, len(self.directions)) * self.margin * self.ease
        return functional.cross_entropy((cosines - wanted) * self.scale, labels)


class CaptionLoss(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """Pairwise sigmoid loss (SigLIP, Zhai et al., ICCV 2023) with the truth of each pair known."""

    def __init__(self) -> None:
        """Scale and bias start as in the paper, the bias milder since true pairs are common here."""
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.3))
        self.bias = nn.Parameter(torch.tensor(-4.0))

    def forward(self, pictures: torch.Tensor, texts: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """``truth`` is bool[pictures, texts]."""
        logits = pictures @ texts.T * self.scale.exp() + self.bias
        weight = torch.where(truth, (~truth).sum() / truth.sum().clamp(min=1), 1.0).clamp(max=8.0)
        return functional.binary_cross_entropy_with_logits(logits, truth.float(), weight=weight)


def same_part(embeddings: torch.Tensor, labels: torch.Tensor, temperature: float = 0.08) -> torch.Tensor:
    """Views of one part attract, studio or field alike (supervised contrastive, Khosla et al., NeurIPS 2020)."""
    itself = torch.eye(len(labels), dtype=torch.bool)
    logits = (embeddings @ embeddings.T / temperature).masked_fill(itself, float("-inf"))
    positive = (labels[:, None] == labels[None, :]) & ~itself
    chances = functional.log_softmax(logits, dim=1).masked_fill(~positive, 0.0)
    return -(chances.sum(1) / positive.sum(1).clamp(min=1)).mean()


class Attributes(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """Kind and finish of a part, read off its embedding: what every finer difference rests on is learnt first."""

    def __init__(self, kinds: int, finishes: int, dimension: int) -> None:
        """One direction for each kind and each finish."""
        super().__init__()
        self.kind, self.finish = nn.Linear(dimension, kinds), nn.Linear(dimension, finishes)

    def forward(self, embeddings: torch.Tensor, kinds: torch.Tensor, finishes: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of both, the finish at half weight; embeddings of any length, labels are int64[n]."""
        kind = functional.cross_entropy(self.kind(embeddings), kinds, label_smoothing=SMOOTHING)
        return kind + functional.cross_entropy(self.finish(embeddings), finishes, label_smoothing=SMOOTHING) / 2


def same_photo(first: torch.Tensor, second: torch.Tensor, temperature: float = 0.1) -> torch.Tensor:
    """Two views of one real photo attract (InfoNCE both ways)."""
    logits = first @ second.T / temperature
    here = torch.arange(len(first))
    return (functional.cross_entropy(logits, here) + functional.cross_entropy(logits.T, here)) / 2
