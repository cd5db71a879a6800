"""Connectors: other counts give other solids, none fails whatever its dimensions. Needs ``photocode[render]``."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from service.starter.parts import connectors
from service.starter.parts.part import Part
from service.starter.parts.words import statements
from tests.extras import imported, need

need("render")

mesh = imported("service.starter.solids.mesh")
recipes = imported("service.starter.solids.recipes")
stage = imported("service.starter.render.stage")
environments = imported("service.starter.render.environments")
studio = imported("service.starter.render.studio")

pytestmark = pytest.mark.filterwarnings("default")

RECIPES = ("terminal_block", "pin_header", "circular_connector", "cable_gland", "box_connector", "ring_terminal")
MOST_TRIANGLES = 9000


def test_demo_shows_siblings_of_every_kind() -> None:
    kinds = [part.recipe for part in connectors.DEMO]
    assert len(kinds) == 14
    assert len(connectors.STRANGERS) == 4
    assert all(2 <= kinds.count(recipe) <= 3 for recipe in RECIPES)
    assert len({part.shape_key for part in (*connectors.DEMO, *connectors.STRANGERS)}) == 18


def test_training_draws_other_shapes_each_time_and_names_them_apart() -> None:
    rounds = [connectors.drawn(Random(seed)) for seed in range(20)]  # noqa: S311
    assert all(35 <= len(parts) <= 42 for parts in rounds)
    parts = [part for drawn in rounds for part in drawn]
    assert {part.recipe for part in parts} == set(RECIPES)
    assert len({part.shape_key for part in parts}) > 0.95 * len(parts)
    assert len({part.part_number for part in parts}) == len({part.shape_key for part in parts})


def test_what_a_connector_is_called_has_no_figures() -> None:
    drawn = connectors.drawn(Random(2))  # noqa: S311
    for part in (*connectors.DEMO, *connectors.STRANGERS, *drawn):
        said = statements(part)
        assert not any(character.isdigit() for character in said["kind"][0])
        assert said["kind"][0].split()[-1] in {"block", "strip", "header", "connector", "gland", "terminal"}
    assert "four poles" in statements(connectors.DEMO[1])["detail"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_drawn_parts_have_solids_of_few_triangles(recipe: str, tmp_path: Path) -> None:
    drawn = [part for seed in range(2) for part in connectors.drawn(Random(seed))]  # noqa: S311
    for part in [part for part in drawn if part.recipe == recipe][:6]:
        made = mesh.mesh_of(part, tmp_path)
        assert "body" in made.surfaces
        assert all(np.isfinite(vertices).all() and len(faces) for vertices, faces in made.surfaces.values())
        assert sum(len(faces) for _, faces in made.surfaces.values()) < MOST_TRIANGLES, part.part_number


@pytest.mark.parametrize(
    ("part", "slot", "count"),
    [
        (connectors.block(5, 5.08, 10, 8, 1, "green-plastic"), "steel", 5 * 3),
        (connectors.block(5, 8, 14, 18, 2, "ivory-plastic"), "steel", 5 * 2),
        (connectors.header(2, 7, 2.54, 6, 0, "black-plastic"), "bush", 2 * 7),
        (connectors.header(1, 7, 2.54, 6, 1, "black-plastic"), "bush", 7 * 2),
        (connectors.circular(12, 8, 36, "knurled", "male", 0, 1, "black-plastic"), "bush", 8),
        (connectors.circular(12, 12, 36, "hexagon", "female", 1, 0, "black-plastic"), "bush", 12),
        (connectors.boxed("d-sub", 18, 9, 12, 2, 4, 1, "black-plastic"), "bush", 2 * 4 * 2),
    ],
    ids=lambda value: value.part_number if isinstance(value, Part) else str(value),
)
def test_metal_is_there_for_each_contact(part: Part, slot: str, count: int) -> None:
    assert len(recipes.solids_of(part)[slot].solids()) == count


def test_ears_carry_holes_and_widen_the_frame() -> None:
    plain, eared = (
        recipes.solids_of(connectors.boxed("rectangular", 32, 9, 9, 2, 10, ears, "grey-plastic"))["body"]
        for ears in (0, 1)
    )
    assert eared.bounding_box().size.X > plain.bounding_box().size.X + 10
    rims = [sum(edge.is_closed for edge in body.edges()) for body in (plain, eared)]
    assert rims == [0, 4]


def test_siblings_do_not_look_the_same(tmp_path: Path) -> None:
    tent = stage.Stage(studio.SIZE, studio.SIZE, environments.studio())
    for first, second in ((0, 1), (3, 4), (6, 7), (8, 9), (12, 13)):
        views = [
            np.asarray(studio.studio_views(tent, part, mesh.mesh_of(part, tmp_path))[0], np.int16)
            for part in (connectors.DEMO[first], connectors.DEMO[second])
        ]
        assert (np.abs(views[0] - views[1]).max(axis=2) > 30).mean() > 0.01
    tent.close()
