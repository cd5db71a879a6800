"""Tags of catalogs as the wire shows them."""

from collections.abc import Sequence

from catalog.tags import CatalogTag
from mobile_contract.tags import Tag, TagList


def present_tags(tags: Sequence[CatalogTag]) -> TagList:
    """A list in its order."""
    return TagList(tags=[Tag(tag=one.tag, prompts=list(one.prompts)) for one in tags])
