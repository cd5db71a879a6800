"""Tags of catalogs on the wire."""

from typing import Annotated

import msgspec
from msgspec import Meta

from mobile_contract.limits import PROMPTS_MAX, TAG_CHARACTERS, TAGS_MAX, TEXT_CHARACTERS

Prompt = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS)]


class Tag(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A tag that photos may be given. ``prompts`` are texts for what bears it ("a photo of a rusty part"), whose mean
    is compared with a photo; without any the tag itself is its text.
    """

    tag: Annotated[str, Meta(min_length=1, max_length=TAG_CHARACTERS)]
    prompts: Annotated[list[Prompt], Meta(max_length=PROMPTS_MAX)] = []


class TagList(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A catalog's tags, each once; one of them is taken to be right of every photo."""

    tags: Annotated[list[Tag], Meta(max_length=TAGS_MAX)]
