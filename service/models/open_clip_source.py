"""Any open_clip model as a :class:`TowerSource`: a registered name, a configuration file, or a folder of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from service.models.check import golden_pixels
from service.models.errors import ModelError
from service.models.export import TowerSource
from service.models.open_clip_tokenizers import TextInput, convert_tokenizer, load_tokenizer_file
from service.models.random_weights import draw_weights, settle_batch_norms
from service.models.torchvision_shim import prepare_torchvision
from service.recognition.embedding.bundle import Preprocessing

prepare_torchvision()  # before open_clip and timm, which import torchvision
import open_clip  # noqa: E402
import timm  # noqa: E402

PREPROCESSING_KEYS = {"size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color"}
# open_clip resizes bicubically at inference where training drew the interpolation at random.
INTERPOLATIONS = {"bilinear": "bilinear", "bicubic": "bicubic", "random": "bicubic"}
RESIZE_MODES = {"shortest", "squash", "longest"}


class ImageEncoder(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """The image half of a model: the same call for CLIP, CustomTextCLIP and CoCa."""

    def __init__(self, model: nn.Module) -> None:
        """Share the model's weights."""
        super().__init__()
        self.model = model

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """``float32[n, 3, size, size]`` to features, not normalised."""
        return self.model.encode_image(pictures, normalize=False)


class TextEncoder(nn.Module):  # type: ignore[misc]  # torch is untyped where the server is checked
    """The text half of a model."""

    def __init__(self, model: nn.Module) -> None:
        """Share the model's weights."""
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """``int64[n, context_length]`` to features, not normalised."""
        return self.model.encode_text(ids, normalize=False)


def load_open_clip(
    name: str, *, pretrained: str | None = None, seed: int | None = None, tokenizer_file: Path | None = None
) -> TowerSource:
    """Build an open_clip model and what surrounds it.

    Args:
        name: registered with open_clip, or the path of a model configuration (``.json``), or ``local-dir:FOLDER``.
        pretrained: tag known to open_clip, or a checkpoint file; None with ``local-dir:`` or for random weights.
        seed: draws random weights instead of loading any.
        tokenizer_file: a ``tokenizer.json``, or a folder as Hugging Face saves it, instead of what the model names.

    Raises:
        ModelError: the model, its weights or its tokenizer cannot be had, or its preprocessing is unknown here.

    """
    name = _registered(name)
    _refuse_other_activation(name, pretrained)
    try:
        model = open_clip.create_model(
            name,
            pretrained=pretrained,
            load_weights=seed is None,
            require_pretrained=seed is None,
            pretrained_text=False,
        )
    except (RuntimeError, OSError, ValueError, KeyError, AssertionError) as error:
        raise ModelError(f"open_clip cannot make {name}: {error}") from error
    model = model.float().eval()
    preprocessing = preprocessing_of(open_clip.get_model_preprocess_cfg(model))
    if seed is not None:
        draw_weights(model, seed)
        settle_batch_norms(model, _golden_inputs(preprocessing))
    timm.utils.reparameterize_model(model, inplace=True)  # MobileCLIP trains several branches that infer as one
    text_input = _text_input(name, model, tokenizer_file)
    encoder = ImageEncoder(model)
    with torch.no_grad():
        features = encoder(torch.zeros(1, 3, preprocessing.size, preprocessing.size))
    return TowerSource(
        name=Path(name.removeprefix("local-dir:")).name,
        visual=encoder,
        text=TextEncoder(model),
        dimension=int(features.shape[-1]),
        context_length=text_input.context_length,
        preprocessing=preprocessing,
        tokenizer=text_input.tokenizer,
        text_cleaning=text_input.cleaning,
    )


def preprocessing_of(config: Mapping[str, Any]) -> Preprocessing:
    """Translate open_clip's preprocessing configuration.

    Raises:
        ModelError: a key or value that :mod:`service.recognition.embedding.preprocess` does not know.

    """
    if unknown := config.keys() - PREPROCESSING_KEYS:
        raise ModelError(f"unknown preprocessing settings: {', '.join(sorted(unknown))}")
    size = config["size"]
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(set(sides)) != 1:
        raise ModelError(f"the visual tower wants {sides} pixels: only square inputs are known here")
    if (mode := config.get("mode", "RGB")) != "RGB":
        raise ModelError(f"unknown picture mode {mode!r}")
    if (resize := config.get("resize_mode") or "shortest") not in RESIZE_MODES:
        raise ModelError(f"unknown resize mode {resize!r}")
    if (interpolation := config.get("interpolation") or "bicubic") not in INTERPOLATIONS:
        raise ModelError(f"unknown interpolation {interpolation!r}")
    if not isinstance(fill := config.get("fill_color", 0), int):
        raise ModelError(f"unknown fill colour {fill!r}")
    return Preprocessing(
        size=int(sides[0]),
        resize_mode=resize,
        interpolation=INTERPOLATIONS[interpolation],  # type: ignore[arg-type]  # the table's values are the literal's
        fill_color=fill,
        mean=_per_channel(config.get("mean") or open_clip.OPENAI_DATASET_MEAN),
        std=_per_channel(config.get("std") or open_clip.OPENAI_DATASET_STD),
    )


def _per_channel(value: Any) -> tuple[float, float, float]:
    values = (value,) * 3 if isinstance(value, int | float) else tuple(value)
    if len(values) != 3:
        raise ModelError(f"mean and std want one or three numbers, not {value!r}")
    return (float(values[0]), float(values[1]), float(values[2]))


def _golden_inputs(spec: Preprocessing) -> torch.Tensor:
    pixels = torch.from_numpy(golden_pixels(spec)).permute(0, 3, 1, 2)
    return (pixels.float() / 255 - torch.tensor(spec.mean).view(3, 1, 1)) / torch.tensor(spec.std).view(3, 1, 1)


def _registered(name: str) -> str:
    path = Path(name)
    if path.suffix != ".json":
        return name
    if not path.is_file():
        raise ModelError(f"{path} is not there")
    open_clip.add_model_config(path)
    return path.stem


def _refuse_other_activation(name: str, pretrained: str | None) -> None:
    """Refuse weights that were trained with the other GELU: open_clip loads them with a mere warning."""
    trained = open_clip.get_pretrained_cfg(name, pretrained) if pretrained else {}
    built = (open_clip.get_model_config(name) or {}).get("quick_gelu", False) if trained else False
    if trained and bool(trained.get("quick_gelu")) != built:
        other = name.removesuffix("-quickgelu") if built else f"{name}-quickgelu"
        raise ModelError(f"{pretrained} was trained as {other}, with another activation: export {other} instead")


def _text_input(name: str, model: nn.Module, tokenizer_file: Path | None) -> TextInput:
    config = open_clip.get_model_config(name)
    text_config: dict[str, Any] = config["text_cfg"]
    if tokenizer_file is None:
        try:
            tokenizer = open_clip.get_tokenizer(name)
        except (OSError, ValueError, ImportError, TypeError) as error:
            raise ModelError(f"the tokenizer of {name} cannot be had (give --tokenizer-file): {error}") from error
        return convert_tokenizer(tokenizer)
    if tokenizer_file.is_dir():
        return convert_tokenizer(_from_folder(tokenizer_file, text_config))
    inner = getattr(model, "text", model)
    padding = getattr(getattr(inner, "config", inner), "pad_token_id", None)
    return load_tokenizer_file(
        tokenizer_file, text_config, int(padding if padding is not None else getattr(inner, "pad_id", 0))
    )


def _from_folder(folder: Path, text_config: dict[str, Any]) -> open_clip.tokenizer.HFTokenizer:
    return open_clip.tokenizer.HFTokenizer(
        str(folder),
        context_length=text_config.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
        tokenizer_mode=text_config.get("tokenizer_mode"),
        **text_config.get("tokenizer_kwargs", {}),
    )
