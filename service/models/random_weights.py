"""Untrained weights that make a model show what it computes.

As frameworks initialise them, untrained towers map every picture to nearly one vector: projections are small, and layer
scales of 1e-6 switch whole blocks off. A comparison on such a model proves little, so its weights are drawn anew.
"""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

KEPT = ("logit_scale", "logit_bias", "running_mean", "running_var")


def draw_weights(model: nn.Module, seed: int) -> None:
    """Draw every weight in place, the same for the same seed.

    Matrices and kernels get variance 1 / fan-in, embeddings variance 1, scales lie around 1 and biases around 0.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in sorted(model.state_dict().items()):
            if tensor.is_floating_point() and not name.endswith(KEPT):
                tensor.copy_(_drawn(name, tensor.shape, generator))


def settle_batch_norms(model: nn.Module, pictures: torch.Tensor) -> None:
    """Set every batch normalisation's running statistics to those of ``pictures``, ``float32[n, 3, size, size]``.

    Without it a deep convolutional model with drawn weights grows its activations beyond what float32 holds.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average of what it sees
        norm.train()
    if norms:
        with torch.no_grad():
            model.encode_image(pictures)
    model.eval()


def _drawn(name: str, shape: torch.Size, generator: torch.Generator) -> torch.Tensor:
    noise = torch.randn(shape, generator=generator)
    if len(shape) == 0 or name.endswith("bias"):
        return 0.1 * noise
    if len(shape) == 1 or "gamma" in name or "layer_scale" in name:
        return 1 + 0.2 * noise
    if "embed" in name or name.endswith(("cls_token", "latent")):
        return noise
    return noise / float(shape[1:].numel()) ** 0.5
