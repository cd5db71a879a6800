"""What can be said of a photo short of one product, as the wire shows it."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from mobile_contract import statements
from service.recognition.tags import TagShare
from service.recognition.verdict.coarse import Coarse
from service.recognition.verdict.differences import Difference
from service.recognition.verdict.labels import labelled
from service.recognition.verdict.likelihood import Likelihood
from service.rounding import floored


def present_labels(found: Likelihood | None, by: str | None, most: int) -> statements.Labels | UnsetType:
    """By what to label, and so many labels at most; left out where none were asked for or to be had."""
    if found is None or by is None:
        return UNSET
    answer = labelled(found, by, most)
    return statements.Labels(
        by=by,
        nearest=[statements.Label(label=one.label, probability=floored(one.probability)) for one in answer.nearest],
        something_else=floored(answer.something_else),
        basis=found.basis,
    )


def present_coarse(said: Coarse | None, found: Likelihood | None) -> statements.Coarse | UnsetType:
    """Left out where nothing broader is certain."""
    if said is None or found is None:
        return UNSET
    return statements.Coarse(
        probability=floored(said.probability),
        certain=[
            statements.Certain(
                field=one.statement.field, value=one.statement.value, probability=floored(one.probability)
            )
            for one in said.certain
        ],
        uncertain=list(said.uncertain),
        basis=found.basis,
    )


def present_differences(told: Sequence[Difference] | None) -> list[statements.Difference] | UnsetType:
    """Left out where there is nothing to tell apart."""
    if told is None:
        return UNSET
    return [
        statements.Difference(
            field=one.field,
            values=[
                statements.FieldValue(
                    value=UNSET if some.value is None else some.value, part_numbers=list(some.part_numbers)
                )
                for some in one.values
            ],
        )
        for one in told
    ]


def present_tags(found: Sequence[TagShare] | None, most: int) -> list[statements.TagProbability]:
    """So many at most."""
    return [
        statements.TagProbability(tag=one.tag, probability=floored(one.probability)) for one in (found or ())[:most]
    ]
