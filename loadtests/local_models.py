"""Tokenizers and a small multilingual model made on the spot, for what usually comes from a model hub."""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors, trainers
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

SENTENCES = [
    "a photo of a hexagon socket head screw, zinc plated",
    "ein Foto eines Kugellagers aus Stahl, Größe 6204",
    "une photo d'un écrou à embase, acier inoxydable",
    "foto de una brida de tubería, 230 V",
    "фотография подшипника качения",
    "六角螺栓 不锈钢 垫圈",
    "六角ナット 座金 歯車",
    "육각 볼트 와셔",
    "صورة مسمار ربط",
    "0 1 2 3 4 5 6 7 8 9 M8x20 DIN 933 / ISO 4762",
]

UNKNOWN = {"unk_token": "<unk>"}
SIGLIP_TOKENS = {"pad_token": "</s>", "eos_token": "</s>", **UNKNOWN}
ROBERTA_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    **UNKNOWN,
}


def save_siglip_tokenizer(folder: Path) -> Path:
    """Write a T5-like tokenizer, as SigLIP has one: no start token, an end token that also pads."""
    tokenizer = _trained(["<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side="right", **SIGLIP_TOKENS)
    fast.save_pretrained(folder)
    return folder


def save_roberta_tokenizer(folder: Path) -> Path:
    """Write a tokenizer with XLM-RoBERTa's special tokens and ids."""
    tokenizer = _trained(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **ROBERTA_TOKENS)
    fast.save_pretrained(folder)
    return folder


def save_multilingual_model(folder: Path) -> Path:
    """Write the configuration of a small ViT beside a small XLM-RoBERTa text tower; nothing of it needs a hub."""
    text = save_roberta_tokenizer(folder / "xlm-roberta-small")
    XLMRobertaConfig(
        vocab_size=512,
        hidden_size=96,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=192,
        max_position_embeddings=80,
    ).save_pretrained(text)
    path = folder / "xlm-roberta-small-ViT.json"
    said = {
        "embed_dim": 64,
        "vision_cfg": {"image_size": 64, "layers": 3, "width": 96, "head_width": 32, "patch_size": 16},
        "text_cfg": {"hf_model_name": str(text), "hf_tokenizer_name": str(text), "hf_pooler_type": "mean_pooler"},
    }
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def save_small_model(path: Path) -> Path:
    """Write the configuration of a small CLIP with OpenAI's tokenizer."""
    said = {
        "embed_dim": 64,
        "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def _trained(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=special, show_progress=False, max_piece_length=8, **UNKNOWN
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    return tokenizer
