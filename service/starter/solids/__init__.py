"""Recipes that turn a part's dimensions into CAD solids (needs ``photocode[render]``)."""
