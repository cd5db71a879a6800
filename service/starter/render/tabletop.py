"""The ground with flat things on it: papers, labels, a scale card."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from vtkmodules.vtkFiltersSources import vtkPlaneSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from service.starter.render.grounds import ground
from service.starter.render.stage import Camera, Stage, image_of

Rng = np.random.Generator
Picture = NDArray[np.uint8]
LIFT = 0.003


@dataclass(frozen=True)
class Sheet:
    """A texture uint8[h, w, 3] on the ground: its middle (x, y), width and depth in world units, turn in radians."""

    texture: Picture
    middle: tuple[float, float]
    size: tuple[float, float]
    turn: float

    def corners(self) -> NDArray[np.float64]:
        """Lower left, lower right, upper right and upper left as the texture is read: float64[4, 2]."""
        right = np.array([np.cos(self.turn), np.sin(self.turn)]) * self.size[0] / 2
        up = np.array([-np.sin(self.turn), np.cos(self.turn)]) * self.size[1] / 2
        around = np.array([-right - up, right - up, right + up, -right + up])
        return np.asarray(np.array(self.middle) + around, np.float64)


def table_picture(
    stage: Stage, texture: Picture, span: float, sheets: Sequence[Sheet], camera: Camera
) -> NDArray[np.float32]:
    """The ground's texture, repeated every ``span`` units, under the sheets (the last on top): float32[h, w, 3]."""
    below = stage.ground(texture, camera, span).astype(np.float32)
    if not sheets:
        return below
    laid = stage.draw([_laid(sheet, LIFT * place) for place, sheet in enumerate(sheets)], camera).astype(np.float32)
    return np.asarray(laid[..., :3] + below * (1 - laid[..., 3:] / 255), np.float32)


def random_sheets(rng: Rng, most: int) -> list[Sheet]:
    """Scraps, offcuts and labels about the middle, some of them under it."""
    sheets = []
    for _ in range(rng.integers(0, most + 1)):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 2.8)
        texture = _label(rng) if rng.random() < 0.4 else ground(rng, 256)
        width = rng.uniform(0.7, 2.8)
        size = (float(width), float(width * rng.uniform(0.3, 0.9)))
        middle = (float(away * np.cos(angle)), float(away * np.sin(angle)))
        sheets.append(Sheet(texture, middle, size, float(rng.uniform(0, 2 * np.pi))))
    return sheets


def _label(rng: Rng) -> Picture:
    """Print on coloured paper: words, figures and bars that name no product."""
    paper = tuple(int(v) for v in rng.uniform(150, 250, 3))
    image = Image.new("RGB", (384, 224), paper)
    draw = ImageDraw.Draw(image)
    ink = tuple(int(v) for v in rng.uniform(0, 90, 3))
    words = ("CHECKED", "STORE B", "FRAGILE", "QTY", "BIN", "RETURN", "SHIFT 2", "SAMPLE")
    draw.text((16, 12), f"{words[rng.integers(len(words))]} {rng.integers(10, 9999)}", ink, ImageFont.load_default(38))
    for row in range(rng.integers(1, 5)):
        draw.text(
            (16, 66 + 24 * row), " ".join(str(v) for v in rng.integers(0, 999, 5)), ink, ImageFont.load_default(18)
        )
    x = 16
    while x < 360:
        width = int(rng.integers(1, 6))
        draw.rectangle((x, 178, x + width, 214), fill=ink)
        x += width + int(rng.integers(2, 7))
    return np.asarray(image)


def _laid(sheet: Sheet, height: float) -> vtkActor:
    corners = sheet.corners()
    plane = vtkPlaneSource()
    plane.SetOrigin(*corners[0], height)
    plane.SetPoint1(*corners[1], height)
    plane.SetPoint2(*corners[3], height)
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(plane.GetOutputPort())
    skin = vtkTexture()
    skin.SetInputData(image_of(sheet.texture[::-1]))
    skin.InterpolateOn()
    skin.MipmapOn()
    skin.SetMaximumAnisotropicFiltering(8.0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetTexture(skin)
    actor.GetProperty().LightingOff()
    return actor
