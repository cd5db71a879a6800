"""What is learnt from, what is asked for and what is unknown never overlap."""

from collections import Counter
from random import Random

from service.starter.parts.families import (
    FAMILIES,
    demo_parts,
    other_strangers,
    sibling_strangers,
    stranger_parts,
    training_parts,
)
from service.starter.parts.words import statements
from service.starter.train.captions import caption
from service.starter.train.vocabulary import CONTEXT_LENGTH, learn_tokenizer


def test_training_demo_and_strangers_share_no_designation_and_no_dimensions() -> None:
    groups = [demo_parts(), stranger_parts(), training_parts(7, rounds=24, most_of_a_kind=44)]
    for aspect in ("part_number", "shape_key"):
        sets = [{getattr(part, aspect) for part in group} for group in groups]
        assert all(len(found) == len(group) for found, group in zip(sets[:2], groups[:2], strict=True))
        assert len(sets[0] | sets[1] | sets[2]) == sum(len(found) for found in sets)


def test_training_covers_every_family_and_is_large() -> None:
    parts = training_parts(7, rounds=24, most_of_a_kind=44)
    assert len(parts) >= 2000
    assert {part.category for part in parts} == {family.category for family in FAMILIES}


def test_training_parts_follow_from_the_seed() -> None:
    assert training_parts(3) == training_parts(3)
    assert training_parts(3) != training_parts(4)


def test_the_catalog_is_large_and_evenly_spread() -> None:
    families = Counter(part.category for part in demo_parts())
    assert sum(families.values()) >= 240
    assert len(families) >= 14
    assert len(set(families.values())) == 1


def test_strangers_are_siblings_of_products_or_of_kinds_that_the_catalog_lacks() -> None:
    catalog = {part.recipe for part in demo_parts()}
    siblings, others = sibling_strangers(), other_strangers()
    assert len(siblings) >= 75
    assert len(others) >= 75
    assert {part.recipe for part in siblings} <= catalog
    assert not {part.recipe for part in others} & catalog


def test_descriptions_name_finish_and_measures() -> None:
    knob = next(part for part in demo_parts() if part.part_number == "DIN 6336 - 5L-50")
    assert knob.description == (
        "Star knob with 5 lobes, 50 mm, red plastic, 5 lobes, with brass bush, lobes 5, diameter 50, height 24, stud 0."
    )


def test_captions_are_true_of_their_part_and_not_of_others() -> None:
    random = Random(5)  # noqa: S311
    knob = statements(next(part for part in demo_parts() if part.part_number == "DIN 6336 - 5L-50"))
    nut = statements(next(part for part in demo_parts() if part.part_number == "ISO 4032 - M8"))
    for _ in range(50):
        said = caption(knob, random)
        assert said.holds_for(knob)
        assert not said.holds_for(nut)


def test_every_demo_part_can_be_spoken_of() -> None:
    for part in [*demo_parts(), *stranger_parts(), *training_parts(7)]:
        said = statements(part)
        assert all(said[aspect] for aspect in ("noun", "colour", "material"))
        assert not any(character.isdigit() for character in said["kind"][0]), said["kind"]


def test_tokenizer_pads_truncates_and_ends_with_its_highest_id() -> None:
    tokenizer = learn_tokenizer(["red knob", "brass hex nut", "red brass knob"] * 20, size=300)
    short, long, odd = tokenizer.encode_batch(["Red knob", "nut " * 60, "日本 ✓"])
    assert {len(short.ids), len(long.ids), len(odd.ids)} == {CONTEXT_LENGTH}
    end = tokenizer.get_vocab_size() - 1
    assert all(end in encoding.ids for encoding in (short, long, odd))
    assert short.ids == tokenizer.encode("red KNOB").ids
    assert tokenizer.decode(odd.ids, skip_special_tokens=True).strip() == "日本 ✓"
