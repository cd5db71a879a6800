"""From a recipe's name to its function."""

from collections.abc import Callable

from service.starter.parts.part import Part
from service.starter.solids import connectors, geared, grips, shafts, sheet, standard, turned
from service.starter.solids.tools import Solids

RECIPES: dict[str, Callable[..., Solids]] = {
    function.__name__: function
    for function in (
        standard.screw,
        standard.nut,
        standard.washer,
        standard.retaining_ring,
        standard.bearing,
        standard.flange,
        standard.sprocket,
        turned.o_ring,
        turned.disc_spring,
        turned.bush,
        turned.elbow,
        turned.tee,
        turned.reducer,
        turned.nipple,
        turned.v_pulley,
        turned.knurled_nut,
        turned.coil_spring,
        turned.u_bolt,
        turned.timing_pulley,
        turned.control_knob,
        geared.spur_gear,
        geared.helical_gear,
        geared.rack,
        geared.worm,
        geared.bevel_gear,
        grips.lobed_knob,
        grips.ball_knob,
        grips.mushroom_knob,
        grips.wing_grip,
        grips.wing_nut,
        grips.bow_handle,
        grips.bridge_handle,
        grips.clamping_lever,
        grips.machine_handle,
        grips.handwheel,
        sheet.angle_bracket,
        sheet.u_bracket,
        sheet.z_bracket,
        sheet.flat_plate,
        sheet.pipe_saddle,
        sheet.shaft_collar,
        sheet.hose_clamp,
        sheet.clamp_block,
        shafts.jaw_coupling,
        shafts.rigid_coupling,
        shafts.slit_coupling,
        shafts.flange_coupling,
        connectors.terminal_block,
        connectors.pin_header,
        connectors.circular_connector,
        connectors.cable_gland,
        connectors.box_connector,
        connectors.ring_terminal,
    )
}


def solids_of(part: Part) -> Solids:
    """Build a part's solids, one per surface.

    Raises:
        KeyError: no recipe of that name.

    """
    return RECIPES[part.recipe](**part.dimensions)
