"""The catalog's own pictures: clean views in a photo tent."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.starter.parts.part import Part
from service.starter.render.poses import distance_for, orbit, placed, rotation
from service.starter.render.scenes import Shade, picture
from service.starter.render.stage import Item, Stage
from service.starter.render.tabletop import table_picture
from service.starter.solids.mesh import Mesh

SIZE = 448
# (tilt of the part about x in degrees, camera elevation and azimuth, brightness of the ground)
VIEWS = ((0, 32, 35, 246), (0, 68, 215, 250), (90, 28, 120, 222))


def studio_views(stage: Stage, part: Part, mesh: Mesh) -> list[Image.Image]:
    """Three views of a part: from the front, from above, and lying on its side."""
    views = []
    for tilt, elevation, azimuth, level in VIEWS:
        pose = placed(mesh, rotation(np.array([1.0, 0.0, 0.0]), float(np.radians(tilt))))
        item = Item(part.shape_key, mesh, part.looks, pose)
        camera = orbit(pose[:3, 3], elevation, azimuth, distance_for(26, 0.9), 26, 0)
        shades = (Shade((0.3, -0.4, 1.0), 0.28, 14.0), Shade((0.0, 0.0, 1.0), 0.35, 6.0))
        below = table_picture(stage, _paper(level), 10.0, [], camera)
        views.append(Image.fromarray(picture(stage, [item], camera, below, shades)))
    return views


def _paper(level: int) -> NDArray[np.uint8]:
    return np.full((8, 8, 3), level, np.uint8)
