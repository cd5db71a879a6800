"""The composition root: builds every part of a running service from its settings, once."""

from service.bootstrap.given import Given
from service.bootstrap.opening import open_services
from service.bootstrap.parts import Services
from service.bootstrap.shipped import FUSION, LABELS, MASK

__all__ = ["FUSION", "LABELS", "MASK", "Given", "Services", "open_services"]
