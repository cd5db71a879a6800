"""Surfaces: linear RGB base colours in 0..1 for a metallic-roughness shader, and the words for them.

Reflectances of bare metals follow the table of physicallybased.info (CC0); plastics and coatings are chosen by eye.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finish:
    """A surface: ``metallic`` and ``roughness`` in 0..1."""

    material: str
    colour: str
    rgb: tuple[float, float, float]
    metallic: float
    roughness: float

    @property
    def words(self) -> str:
        """As one would say it: "blue plastic", "brass"."""
        return self.material if self.colour in self.material else f"{self.colour} {self.material}"


FINISHES: dict[str, Finish] = {
    "zinc": Finish("zinc-plated steel", "silver", (0.66, 0.68, 0.72), 1.0, 0.32),
    "stainless": Finish("stainless steel", "silver", (0.56, 0.55, 0.53), 1.0, 0.24),
    "black-oxide": Finish("black-oxide steel", "black", (0.055, 0.055, 0.06), 0.75, 0.42),
    "yellow-zinc": Finish("yellow-chromated steel", "gold", (0.78, 0.58, 0.22), 1.0, 0.30),
    "brass": Finish("brass", "yellow", (0.86, 0.64, 0.26), 1.0, 0.26),
    "copper": Finish("copper", "reddish", (0.90, 0.48, 0.30), 1.0, 0.28),
    "bronze": Finish("bronze", "brown", (0.52, 0.33, 0.17), 1.0, 0.38),
    "aluminium": Finish("aluminium", "silver", (0.88, 0.89, 0.90), 1.0, 0.36),
    "cast-iron": Finish("cast iron", "dark grey", (0.16, 0.16, 0.165), 0.6, 0.62),
    "anodised-red": Finish("anodised aluminium", "red", (0.62, 0.04, 0.05), 0.85, 0.34),
    "anodised-blue": Finish("anodised aluminium", "blue", (0.03, 0.13, 0.58), 0.85, 0.34),
    "anodised-black": Finish("anodised aluminium", "black", (0.03, 0.03, 0.033), 0.8, 0.36),
    "black-plastic": Finish("plastic", "black", (0.022, 0.022, 0.024), 0.0, 0.42),
    "grey-plastic": Finish("plastic", "grey", (0.22, 0.225, 0.23), 0.0, 0.45),
    "white-plastic": Finish("plastic", "white", (0.80, 0.80, 0.78), 0.0, 0.40),
    "ivory-plastic": Finish("plastic", "ivory", (0.78, 0.70, 0.52), 0.0, 0.45),
    "red-plastic": Finish("plastic", "red", (0.60, 0.025, 0.025), 0.0, 0.38),
    "orange-plastic": Finish("plastic", "orange", (0.85, 0.20, 0.02), 0.0, 0.40),
    "yellow-plastic": Finish("plastic", "yellow", (0.85, 0.58, 0.03), 0.0, 0.40),
    "green-plastic": Finish("plastic", "green", (0.03, 0.30, 0.08), 0.0, 0.40),
    "blue-plastic": Finish("plastic", "blue", (0.02, 0.10, 0.48), 0.0, 0.38),
}
METALS = tuple(name for name, finish in FINISHES.items() if finish.metallic > 0.5)
PLASTICS = tuple(name for name, finish in FINISHES.items() if finish.metallic <= 0.5)
FASTENER_FINISHES = ("zinc", "stainless", "black-oxide", "yellow-zinc", "brass")
