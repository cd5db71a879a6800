"""How the starter bundle and the demo catalog are made: CAD parts, rendering, training."""
