"""Makes and checks model bundles. Torch is imported in this package and in ``service.starter`` only."""
