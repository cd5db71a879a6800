"""The parts that the demo catalog and the starter's training set are made of: names, dimensions, materials; no geometry."""
