"""CLIP on ONNX Runtime: decode, preprocess, batch, embed."""
