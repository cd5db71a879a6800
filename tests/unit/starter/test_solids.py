"""Every family's recipe gives a solid that can be photographed. Needs ``photocode[render]``."""

from pathlib import Path

import numpy as np
import pytest

from service.starter.parts.families import FAMILIES
from service.starter.parts.part import Family
from tests.extras import imported, need

need("render")

mesh = imported("service.starter.solids.mesh")
stage = imported("service.starter.render.stage")
environments = imported("service.starter.render.environments")
poses = imported("service.starter.render.poses")
studio = imported("service.starter.render.studio")
field = imported("service.starter.render.field")

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("meshes")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.category)
def test_a_part_of_each_family_fills_its_picture(family: Family, cache: Path) -> None:
    part = family.demo[0]
    made = mesh.mesh_of(part, cache)
    radius = max(float(np.linalg.norm(vertices, axis=1).max()) for vertices, _ in made.surfaces.values())
    assert radius == pytest.approx(1.0, abs=1e-3)
    assert made.rest_weights.sum() == pytest.approx(1.0, abs=1e-3)
    window = stage.Stage(96, 96, environments.studio())
    item = stage.Item(part.shape_key, made, part.looks, poses.placed(made, np.eye(3)))
    camera = poses.orbit(item.pose[:3, 3], 35, 30, poses.distance_for(30, 0.95), 30, 0)
    pixels = window.shoot([item], camera)
    window.close()
    covered = pixels[..., 3] > 127
    assert 0.02 < covered.mean() < 0.85
    assert pixels[covered][:, :3].std() > 2
    assert not pixels[~covered][:, 3].all()


def test_a_cached_mesh_is_the_same_mesh(cache: Path) -> None:
    part = FAMILIES[0].demo[0]
    first, second = mesh.mesh_of(part, cache), mesh.mesh_of(part, cache)
    assert first.surfaces.keys() == second.surfaces.keys()
    assert all(np.array_equal(first.surfaces[slot][0], second.surfaces[slot][0]) for slot in first.surfaces)


def test_studio_and_field_pictures_show_a_part_on_a_ground(cache: Path) -> None:
    part = FAMILIES[0].demo[0]
    made = mesh.mesh_of(part, cache)
    tent = stage.Stage(studio.SIZE, studio.SIZE, environments.studio())
    views = studio.studio_views(tent, part, made)
    tent.close()
    assert [view.size for view in views] == [(studio.SIZE, studio.SIZE)] * 3
    assert all(np.asarray(view)[2, 2].min() > 200 for view in views)
    assert all(np.asarray(view).min() < 90 for view in views)
    room = stage.Stage(320, 240, environments.workshop(1))
    photos = [field.field_photo(room, (part, made), [], np.random.default_rng(5)).pixels for _ in range(2)]
    room.close()
    assert photos[0].shape == (240, 320, 3)
    assert np.abs(photos[0].astype(int) - photos[1]).mean() < 1


def test_an_unknown_recipe_is_refused(cache: Path) -> None:
    part = FAMILIES[0].demo[0]
    odd = type(part)(**{**vars(part), "recipe": "no such recipe"})
    with pytest.raises(KeyError):
        mesh.mesh_of(odd, cache)
