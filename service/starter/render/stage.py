"""An off-screen VTK window in which parts are lit by an environment. EGL or OSMesa in software is enough.

World: millimetre-free units in which a part's bounding sphere has radius 1; z is up, the ground is z = 0.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkPolyDataNormals
from vtkmodules.vtkRenderingCore import vtkActor, vtkLight, vtkPolyDataMapper, vtkRenderWindow, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow, vtkOpenGLRenderer

from service.starter.parts.finishes import FINISHES, Finish
from service.starter.render.environments import Radiance
from service.starter.solids.mesh import Mesh
from service.starter.solids.tools import SLOTS

Matrix = NDArray[np.float64]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from; ``field`` is the vertical angle of view in degrees."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    field: float


@dataclass(frozen=True)
class Item:
    """A part in a scene: its mesh, its body's finish, where it stands (4x4: rotation, uniform scale, translation)."""

    name: str
    mesh: Mesh
    finish: Finish
    pose: Matrix


class Stage:
    """One window, one environment; meshes stay on the graphics side between pictures."""

    def __init__(self, width: int, height: int, environment: Radiance) -> None:
        """Open a window of that size in pixels."""
        self._window = _window()
        self._window.SetOffScreenRendering(1)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetMultiSamples(4)
        self._window.SetSize(width, height)
        self._renderer = vtkOpenGLRenderer()
        self._renderer.SetBackgroundAlpha(0.0)
        self._renderer.SetBackground(0, 0, 0)
        self._window.AddRenderer(self._renderer)
        self._light(environment)
        self._mappers: dict[tuple[str, str], vtkPolyDataMapper] = {}
        self._lamp: vtkLight | None = None
        self.size = (width, height)

    def _light(self, environment: Radiance) -> None:
        texture = vtkTexture()
        texture.SetInputData(image_of(environment[::-1]))
        texture.SetColorModeToDirectScalars()
        texture.MipmapOn()
        texture.InterpolateOn()
        self._renderer.AutomaticLightCreationOff()
        self._renderer.UseImageBasedLightingOn()
        self._renderer.UseSphericalHarmonicsOn()
        self._renderer.SetEnvironmentTexture(texture)
        prefilter = self._renderer.GetEnvMapPrefiltered()
        prefilter.SetPrefilterMaxSamples(96)
        self._renderer.SetEnvironmentUp(0, 0, 1)

    def turn_light(self, degrees: float) -> None:
        """Turn the environment about the vertical."""
        angle = np.radians(degrees)
        self._renderer.SetEnvironmentRight(float(np.cos(angle)), float(np.sin(angle)), 0.0)

    def shoot(self, items: Sequence[Item], camera: Camera) -> Picture:
        """The lit parts on nothing: uint8[height, width, 4], colour premultiplied by alpha."""
        actors = [actor for item in items for actor in self._lit(item)]
        return self.draw(actors, camera)

    def silhouette(self, items: Sequence[Item], camera: Camera, light: tuple[float, float, float]) -> Picture:
        """Where the parts' shadows fall on the ground under light from a direction: uint8[height, width]."""
        x, y, z = light
        flat = np.array([[1, 0, -x / z, 0], [0, 1, -y / z, 0], [0, 0, 0, 0], [0, 0, 0, 1]], np.float64)
        actors = [self._plain(item, slot, flat @ item.pose) for item in items for slot in item.mesh.surfaces]
        return self.draw(actors, camera)[..., 3]

    def ground(self, texture: Picture, camera: Camera, span: float) -> Picture:
        """The ground plane with a texture that repeats (mirrored) every ``span`` units: uint8[height, width, 3]."""
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(_plane(90.0, 90.0 / span))
        actor = vtkActor()
        actor.SetMapper(mapper)
        skin = vtkTexture()
        skin.SetInputData(image_of(texture[::-1]))
        skin.InterpolateOn()
        skin.MipmapOn()
        skin.SetWrap(vtkTexture.MirroredRepeat)
        actor.SetTexture(skin)
        actor.GetProperty().LightingOff()
        return self.draw([actor], camera)[..., :3]

    def close(self) -> None:
        """Give the window's memory back."""
        self._window.Finalize()

    def lamp(self, direction: tuple[float, float, float], strength: float) -> None:
        """One distant light beside the environment, shining from ``direction``; strength 0 puts it out."""
        if self._lamp is None:
            self._lamp = vtkLight()
            self._lamp.SetLightTypeToSceneLight()
            self._renderer.AddLight(self._lamp)
        self._lamp.SetPosition(*direction)
        self._lamp.SetIntensity(strength)

    def visible(self, target: Item, before: Sequence[Item], camera: Camera) -> Picture:
        """Where the target is seen and nothing of ``before`` hides it: uint8[height, width], 255 there."""
        actors = [self._plain(target, slot, target.pose) for slot in target.mesh.surfaces]
        hiding = [self._plain(item, slot, item.pose) for item in before for slot in item.mesh.surfaces]
        for actor in hiding:
            actor.GetProperty().SetColor(0, 0, 0)
        return self.draw([*actors, *hiding], camera)[..., 0]

    def draw(self, actors: Sequence[vtkActor], camera: Camera) -> Picture:
        """Any actors on nothing: uint8[height, width, 4], colour premultiplied by alpha."""
        for actor in actors:
            self._renderer.AddActor(actor)
        view = self._renderer.GetActiveCamera()
        view.SetPosition(*camera.position)
        view.SetFocalPoint(*camera.target)
        view.SetViewUp(*camera.up)
        view.SetViewAngle(camera.field)
        self._renderer.ResetCameraClippingRange()
        self._window.Render()
        width, height = self.size
        pixels = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
        for actor in actors:
            self._renderer.RemoveActor(actor)
        return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 4)[::-1])

    def _lit(self, item: Item) -> list[vtkActor]:
        actors = []
        for slot in item.mesh.surfaces:
            finish = item.finish if slot == "body" else FINISHES[SLOTS[slot]]
            actor = self._plain(item, slot, item.pose)
            surface = actor.GetProperty()
            surface.LightingOn()
            surface.SetInterpolationToPBR()
            surface.SetColor(*finish.rgb)
            surface.SetMetallic(finish.metallic)
            surface.SetRoughness(finish.roughness)
            actors.append(actor)
        return actors

    def _plain(self, item: Item, slot: str, pose: Matrix) -> vtkActor:
        key = (item.name, slot)
        if key not in self._mappers:
            self._mappers[key] = _mapper(*item.mesh.surfaces[slot])
        actor = vtkActor()
        actor.SetMapper(self._mappers[key])
        matrix = vtkMatrix4x4()
        matrix.DeepCopy(pose.ravel().tolist())
        actor.SetUserMatrix(matrix)
        actor.GetProperty().LightingOff()
        return actor


def _window() -> vtkRenderWindow:
    """A window that needs no display: EGL where there is no X server, so that VTK does not warn about one."""
    displayless = sys.platform == "linux" and not os.environ.get("DISPLAY")
    return vtkEGLRenderWindow() if displayless else vtkRenderWindow()


def image_of(pixels: NDArray[np.generic]) -> vtkImageData:
    """Pixels, [h, w, channels], bottom row first, as VTK takes them."""
    height, width, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1, channels), deep=True))
    return image


def _plane(half: float, repeats: float) -> vtkPolyData:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    plane = _polygons(corners * half, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    coordinates = numpy_to_vtk(np.ascontiguousarray(corners[:, :2] * repeats), deep=True)
    plane.GetPointData().SetTCoords(coordinates)
    return plane


def _polygons(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> vtkPolyData:
    data = vtkPolyData()
    from_numpy = numpy_to_vtk(np.ascontiguousarray(vertices), deep=True)
    points = vtkPoints()
    points.SetData(from_numpy)
    data.SetPoints(points)
    cells = vtkCellArray()
    offsets = np.arange(0, 3 * len(triangles) + 1, 3, dtype=np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True),
        numpy_to_vtkIdTypeArray(np.ascontiguousarray(triangles.astype(np.int64).ravel()), deep=True),
    )
    data.SetPolys(cells)
    return data


def _mapper(vertices: NDArray[np.float32], triangles: NDArray[np.int32]) -> vtkPolyDataMapper:
    clean = vtkCleanPolyData()
    clean.SetInputData(_polygons(vertices, triangles))
    clean.SetTolerance(1e-5)
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(clean.GetOutputPort())
    normals.SetFeatureAngle(28)
    normals.SplittingOn()
    normals.ConsistencyOff()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(normals.GetOutputPort())
    return mapper
