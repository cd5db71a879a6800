"""``tokenizer.json`` gives the very ids of open_clip's own tokenizers, on texts made to be hard."""

from collections.abc import Callable
from pathlib import Path
from unicodedata import category

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is missing: pip install 'photocode[export]'")

from service.models.errors import ModelError
from service.models.golden import GOLDEN_TEXTS
from service.models.open_clip_tokenizers import TextInput, convert_tokenizer
from service.models.runner import encode_texts

import open_clip  # isort: skip  # needs torchvision, which the exporter's import made possible
from loadtests.local_models import save_roberta_tokenizer, save_siglip_tokenizer

HARD_TEXTS = [
    *GOLDEN_TEXTS,
    " ",
    "Crème Brûlée naïve Ångström",
    "Cre\u0300me Bru\u0302le\u0301e nai\u0308ve A\u030angstro\u0308m",
    "İSTANBUL ΑΣ ΣΑΣ ß ẞ ﬁ ﬂ Ǆ ǅ ŉ J̌",
    "it's I'LL we'Re they'VE 'S 'ſ 'm don't",
    "<start_of_text> inside <end_of_text> and <|endoftext|> </s> <s> <pad> [SEP]",
    "ab<end_of_text>cd",
    "&amp;lt;b&amp;gt; &nbsp;&eacute; &#x1F529; &bogus; &#xD800;",
    "â€œmojibakeâ€\u009d cafÃ© Ã¼ber",
    "a\x00b\x1fc\x85d\u200be\u2028f\u2029g\ufeffh",
    "\ud800 lone surrogate",
    "\t\r\n tabs\u00a0nbsp\u3000ideographic\u2009thin \v\f",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🔩🔩🔩 1️⃣",
    "½ ² Ⅷ ٣ १२ ①",
    "1234567890" * 12,
    "M8x20-10.9 DIN933/ISO4762 230V~50Hz ±0,05mm Ø12 €4.99",
    "!!!???...###---___***((([[[{{{",
    "六角螺栓 不锈钢 日本語テキスト 한국어 텍스트",
    "مسمار ربط ברגים болты กข ကခ",
    "supercalifragilisticexpialidocious" * 20,
    "word " * 300,
    "“curly” ‘quotes’ … – —",
]


def random_texts(count: int) -> list[str]:
    """Latin, accents and combining marks, Greek to Thai, CJK and Hangul, emoji, in one text; assigned characters."""
    drawn = np.random.RandomState(7)
    ranges = [(0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x590), (0x900, 0xE80), (0x4E00, 0x9FA6)]
    ranges += [(0xAC00, 0xD7A4), (0x1F300, 0x1F650), (0x2000, 0x2070)]
    letters = [chr(code) for begin, end in ranges for code in range(begin, end)]
    assigned = [letter for letter in letters if category(letter) != "Cn"]
    return ["".join(drawn.choice(assigned, size=drawn.randint(1, 40))) for _ in range(count)]


def assert_same_ids(tokenizer: Callable[[list[str]], object], converted: TextInput) -> None:
    for text in HARD_TEXTS + random_texts(1500):
        expected = tokenizer([text])[0].tolist()  # type: ignore[index]
        assert encode_texts(converted.tokenizer, converted.cleaning, [text])[0].tolist() == expected, ascii(text)


def test_clip_tokenizer() -> None:
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    converted = convert_tokenizer(tokenizer)
    assert converted.cleaning == "lower"
    assert converted.context_length == 77
    assert_same_ids(tokenizer, converted)


def test_long_text_keeps_its_end_token() -> None:
    converted = convert_tokenizer(open_clip.get_tokenizer("ViT-B-32"))
    [ids] = encode_texts(converted.tokenizer, converted.cleaning, ["screw " * 200]).tolist()
    assert len(ids) == 77
    assert ids[0] == 49406
    assert ids[-1] == 49407


@pytest.mark.parametrize("cleaning", ["canonicalize", "whitespace", "lower"])
def test_hugging_face_tokenizer_from_a_folder(tmp_path: Path, cleaning: str) -> None:
    save_siglip_tokenizer(tmp_path)
    tokenizer = open_clip.tokenizer.HFTokenizer(str(tmp_path), context_length=64, clean=cleaning)
    converted = convert_tokenizer(tokenizer)
    assert converted.cleaning == cleaning
    assert_same_ids(tokenizer, converted)


def test_separator_is_taken_out(tmp_path: Path) -> None:
    save_roberta_tokenizer(tmp_path)
    tokenizer = open_clip.tokenizer.HFTokenizer(str(tmp_path), context_length=32, strip_sep_token=True)
    converted = convert_tokenizer(tokenizer)
    texts = [text for text in HARD_TEXTS if "</s>" not in text]
    for text in texts:
        expected = tokenizer([text])[0].tolist()
        assert encode_texts(converted.tokenizer, converted.cleaning, [text])[0].tolist() == expected, ascii(text)
        assert 2 not in expected


def test_multilingual_tokenizer(tmp_path: Path) -> None:
    save_roberta_tokenizer(tmp_path)
    tokenizer = open_clip.tokenizer.HFTokenizer(str(tmp_path))
    assert_same_ids(tokenizer, convert_tokenizer(tokenizer))


def test_random_reduction_is_refused() -> None:
    with pytest.raises(ModelError, match="no fixed ids"):
        convert_tokenizer(open_clip.SimpleTokenizer(reduction_mask="random"))


def test_clips_mode_is_refused(tmp_path: Path) -> None:
    save_roberta_tokenizer(tmp_path)
    tokenizer = open_clip.tokenizer.HFTokenizer(str(tmp_path), tokenizer_mode="clips")
    with pytest.raises(ModelError, match="clips"):
        convert_tokenizer(tokenizer)


def test_unknown_tokenizer_is_refused() -> None:
    with pytest.raises(ModelError, match="not known here"):
        convert_tokenizer(object())
