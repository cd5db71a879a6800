"""The parts that the demo catalog and the training set are made of: names, dimensions, materials; no geometry."""
