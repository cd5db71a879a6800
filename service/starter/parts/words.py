"""What people call parts: everyday nouns by recipe, words by material, and the statements that hold for a part."""

from collections.abc import Mapping, Sequence

from service.starter.parts.part import Part

NOUNS: Mapping[str, Sequence[str]] = {
    "screw": ("screw", "bolt"),
    "nut": ("nut",),
    "knurled_nut": ("nut", "thumb nut", "knurled nut"),
    "wing_nut": ("nut", "wing nut", "butterfly nut"),
    "washer": ("washer",),
    "retaining_ring": ("retaining ring", "circlip"),
    "o_ring": ("o-ring", "seal", "rubber ring"),
    "disc_spring": ("disc spring", "washer"),
    "bearing": ("bearing",),
    "bush": ("bush", "sleeve", "bushing"),
    "flange": ("flange", "pipe flange"),
    "elbow": ("pipe elbow", "pipe bend", "fitting"),
    "tee": ("pipe tee", "fitting"),
    "reducer": ("reducer", "fitting"),
    "nipple": ("nipple", "fitting"),
    "spur_gear": ("gear", "cogwheel"),
    "helical_gear": ("gear", "cogwheel"),
    "bevel_gear": ("gear", "bevel gear"),
    "rack": ("rack", "gear rack"),
    "worm": ("worm", "worm shaft"),
    "sprocket": ("sprocket", "chain wheel"),
    "v_pulley": ("pulley", "belt pulley"),
    "timing_pulley": ("pulley", "belt pulley", "timing pulley"),
    "lobed_knob": ("knob", "star knob", "grip"),
    "ball_knob": ("knob", "ball knob"),
    "mushroom_knob": ("knob",),
    "control_knob": ("knob", "control knob"),
    "wing_grip": ("wing grip", "grip"),
    "angle_bracket": ("bracket", "angle"),
    "u_bracket": ("bracket",),
    "z_bracket": ("bracket",),
    "flat_plate": ("plate", "bracket"),
    "bow_handle": ("handle", "pull handle"),
    "bridge_handle": ("handle",),
    "clamping_lever": ("lever", "clamping lever", "handle"),
    "machine_handle": ("handle",),
    "handwheel": ("handwheel", "wheel"),
    "jaw_coupling": ("coupling", "jaw coupling"),
    "rigid_coupling": ("coupling",),
    "slit_coupling": ("coupling",),
    "flange_coupling": ("coupling", "flange"),
    "pipe_saddle": ("pipe clamp", "clamp", "saddle"),
    "shaft_collar": ("shaft collar", "collar", "clamp"),
    "u_bolt": ("u-bolt", "clamp"),
    "hose_clamp": ("hose clamp", "clamp"),
    "clamp_block": ("clamp", "pipe clamp", "clamp block"),
    "coil_spring": ("spring", "coil spring"),
    "terminal_block": ("terminal block", "connector", "screw terminal"),
    "pin_header": ("pin header", "connector", "pin strip"),
    "circular_connector": ("circular connector", "connector", "plug"),
    "cable_gland": ("cable gland", "gland"),
    "box_connector": ("connector", "plug connector"),
    "ring_terminal": ("crimp terminal", "cable lug"),
}
BROADER = {
    "zinc-plated steel": ("steel", "metal"),
    "stainless steel": ("steel", "metal", "stainless"),
    "black-oxide steel": ("steel", "metal"),
    "yellow-chromated steel": ("steel", "metal"),
    "anodised aluminium": ("aluminium", "metal"),
    "aluminium": ("metal",),
    "brass": ("metal",),
    "copper": ("metal",),
    "bronze": ("metal",),
    "cast iron": ("iron", "metal"),
    "plastic": (),
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
SYNONYMS = {
    "dark grey": ("grey",),
    "gold": ("golden",),
    "yellow": ("golden",),
    "silver": ("shiny",),
    "reddish": ("copper-coloured",),
}


def statements(part: Part) -> dict[str, list[str]]:
    """What may be said of a part: for each aspect the words that are true of it."""
    looks = part.looks
    bare = " ".join(word for word in part.name.replace(",", " ").split() if not any(c.isdigit() for c in word))
    for tail in (
        " mm",
        " wire",
        " mm",
        " with lobes",
        " module teeth",
        " teeth",
        " jaws",
        " spokes",
        " grooves",
        " groove",
        " band",
        " starts",
        " start",
        " module",
        " NPS class",
    ):
        bare = bare.removesuffix(tail)
    golden = looks.colour != "yellow" or looks.metallic > 0.5
    return {
        "noun": list(NOUNS[part.recipe]),
        "kind": [bare.strip().lower()],
        "colour": [looks.colour, *(SYNONYMS.get(looks.colour, ()) if golden else ())],
        "material": [looks.material, *BROADER[looks.material]],
        "detail": [wording for detail in part.details for wording in _wordings(detail)],
    }


def _wordings(detail: str) -> list[str]:
    """With its number in digits and, where small, in letters."""
    first, _, rest = detail.partition(" ")
    small = first.isdigit() and int(first) < len(NUMBERS)
    return [detail, f"{NUMBERS[int(first)]} {rest}"] if small else [detail]
