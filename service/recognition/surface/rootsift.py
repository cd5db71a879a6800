"""How RootSIFT descriptors are kept."""

from typing import Final

SCALE: Final = 255.0
"""As ``uint8``: 255 is 1."""
