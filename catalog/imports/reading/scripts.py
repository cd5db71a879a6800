"""Whether decoded text looks like text: by which characters a language's tables hold, and beside which others."""

from collections.abc import Callable

LOOKED_AT = 4_000
"""Characters beyond ASCII; more make nothing surer."""

_WESTERN = frozenset("äöüßÄÖÜéèêëÉÈÊàâáãåÀÂÁÃÅíìîïÍÎóòôõøÓÔÕØúùûÚÙÛñÑçÇæÆœŒÿýÝðÐþÞ")
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽäöüßÄÖÜőűŐŰâăîşţÂĂÎŞŢđĐĺľŕĹĽŔ")
_SIGNS = frozenset("°±²³µ×÷½¼¾·ºª€®™©§«»–—“”„‘’…•‰£¿¡\xa0")
_CYRILLIC = frozenset(chr(code) for code in (*range(0x410, 0x450), 0x401, 0x451)) | frozenset("ІЇЄіїєўЎґҐ")
_WIDE_SIGNS = frozenset("、。・「」『』【】〒々ー~「」〈〉《》·…“”‘’—℃φΦ×±°")


def share_of_likely(encoding: str, text: str) -> float:
    """From 0 to 1: how many of a text's characters beyond ASCII are ones that tables in this encoding hold, in places
    where they stand in words. 0 where there are none.
    """
    likely, seen, good = _LIKELY[encoding], 0, 0.0
    for place, char in enumerate(text):
        if char < "\x80":
            continue
        seen += 1
        before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
        good += likely(char, before, after)
        if seen == LOOKED_AT:
            break
    # The other two that have these pairs of bytes hold no kana: a Japanese table does.
    kana = encoding != "euc_jp" or any(map(_is_kana, text))
    return good / seen if seen and kana else 0.0


Likely = Callable[[str, str, str], float]
"""From a character, the one before and the one after: 1 for a likely one, 0 for none."""


def _latin(letters: frozenset[str]) -> Likely:
    def likely(char: str, before: str, after: str) -> float:
        if char in letters:
            # Capitals follow capitals; and letters with accents stand beside ones without.
            alone = not (before.isalpha() or after.isalpha())
            return (alone or _beside_latin(before, after)) and not (char.isupper() and before.islower())
        return char in _SIGNS and not (before.isalpha() and after.isalpha())

    return likely


def _cyrillic(char: str, before: str, after: str) -> float:
    if char not in _CYRILLIC:
        return char in _SIGNS
    if _beside_latin(before, after) or (char.isupper() and before.islower()):
        return 0
    # What is small letters in one of the two encodings is capitals in the other.
    return 0.9 if char.isupper() and before.isupper() else 1


def _wide(lead: Callable[[str], bool]) -> Likely:
    """Of encodings with characters of two bytes. Among small Latin letters they are misread letters with accents."""

    def likely(char: str, before: str, after: str) -> float:
        if char in _WIDE_SIGNS or "！" <= char <= "～":
            return not (before.islower() and before.isascii())
        return lead(char) and not (_small_latin(before) or _small_latin(after))

    return likely


def _beside_latin(before: str, after: str) -> bool:
    return any(beside.isascii() and beside.isalpha() for beside in (before, after))


def _small_latin(beside: str) -> bool:
    return beside.isascii() and beside.islower()


def _lead(char: str, encoding: str) -> int:
    """The first of a character's two bytes in an encoding; 0 where it has others."""
    try:
        coded = char.encode(encoding)
    except UnicodeEncodeError:
        return 0
    return coded[0] if len(coded) == 2 else 0


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u30ff"


# Each standard has its common characters first, by their sounds, and the rare ones behind, by their strokes.
_LIKELY: dict[str, Likely] = {
    "cp1252": _latin(_WESTERN),
    "cp850": _latin(_WESTERN),
    "cp1250": _latin(_CENTRAL),
    "iso8859-2": _latin(_CENTRAL),
    "cp1251": _cyrillic,
    "koi8-r": _cyrillic,
    "cp932": _wide(lambda char: _is_kana(char) or 0x88 <= _lead(char, "shift_jis") <= 0x98),
    "euc_jp": _wide(lambda char: _is_kana(char) or 0xB0 <= _lead(char, "euc_jp") <= 0xCF),
    "gb18030": _wide(lambda char: 0xB0 <= _lead(char, "gb2312") <= 0xD7),
    "big5": _wide(lambda char: 0xA4 <= _lead(char, "big5") <= 0xC6),
    "cp949": _wide(lambda char: "\uac00" <= char <= "\ud7a3" and 0xB0 <= _lead(char, "euc_kr") <= 0xC8),
}
