"""What goes over the wire: structs, problem codes, limits, ``openapi.json`` and its examples."""
