"""With what a bundle was made, for its provenance."""

from importlib.metadata import distributions

MAKERS = {"torch", "open_clip_torch", "timm", "onnx", "onnxruntime", "onnxruntime-gpu", "tokenizers"}


def versions() -> dict[str, str]:
    """Name the versions of the libraries that make a bundle."""
    found = {one.name: one.version for one in distributions()}
    return {f"version_{name}": found[name] for name in sorted(MAKERS & found.keys())}
