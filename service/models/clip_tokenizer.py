"""OpenAI's CLIP tokenizer, as open_clip's ``SimpleTokenizer`` has it, in the form of a ``tokenizer.json``."""

from collections.abc import Mapping, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

# open_clip's own pattern; its special tokens are added tokens here. White space matches nothing and so disappears.
# open_clip ignores case: of lower-cased text that concerns the long s, and the combining iota U+0345, which then counts
# as a letter where other characters are wanted, though not where letters are, and so is lost.
WORDS = "'[sſ]|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}\u0345]+"
END_OF_WORD = "</w>"
PADDING_ID = 0


def clip_tokenizer(
    vocabulary: Mapping[str, int], merges: Sequence[tuple[str, str]], special: Sequence[str], context_length: int
) -> Tokenizer:
    """Build the byte-level BPE tokenizer of CLIP.

    ``special`` begins with the start and the end token. Texts longer than ``context_length`` lose their end, but not
    the end token; shorter ones are padded with id 0. The text cleaning that goes with it is ``lower``.

    Two things stay different from open_clip: letters and digits newer than the Unicode version of one of the two
    regular expression libraries may be split otherwise, and a special token written out behind punctuation
    (``!<end_of_text>``) is a special token here and punctuation there.
    """
    model = models.BPE(
        vocab=dict(vocabulary),
        merges=list(merges),
        continuing_subword_prefix="",
        end_of_word_suffix=END_OF_WORD,
        fuse_unk=False,
    )
    tokenizer = Tokenizer(model)
    # Cleaning has lower-cased already; this is for readers of tokenizer.json that know nothing of the cleaning.
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    start, end = special[0], special[1]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])]
    )
    tokenizer.enable_truncation(context_length)
    padding = next(token for token, number in vocabulary.items() if number == PADDING_ID)
    tokenizer.enable_padding(length=context_length, pad_id=PADDING_ID, pad_token=padding)
    return tokenizer
