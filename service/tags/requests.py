"""Reads a list of tags."""

from catalog.tags import CatalogTag
from mobile_contract.problems import Code, FieldError
from mobile_contract.tags import TagList
from service.refused import Refused


def checked_tags(given: TagList) -> list[CatalogTag]:
    """The list as it is stored.

    Raises:
        Refused: a tag stands there twice, or a text says nothing.

    """
    wrong: list[FieldError] = []
    seen: set[str] = set()
    for place, one in enumerate(given.tags):
        if one.tag in seen:
            wrong.append(FieldError(field=f"tags[{place}].tag", message=f"{one.tag!r} stands there before"))
        seen.add(one.tag)
        if any(not text.strip() or "\x00" in text for text in (one.tag, *one.prompts)):
            wrong.append(FieldError(field=f"tags[{place}]", message="a text is blank or holds a NUL character"))
    if wrong:
        raise Refused(Code.VALIDATION_FAILED, "the list of tags is wrong", tuple(wrong))
    return [CatalogTag(tag=one.tag, prompts=tuple(one.prompts)) for one in given.tags]
