"""How the starter model learns: data, network, losses, loop (needs ``photocode[train]``)."""
