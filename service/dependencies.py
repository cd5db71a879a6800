"""What handlers are given."""

from typing import Annotated

from litestar.datastructures import State
from litestar.params import Dependency

from service.bootstrap import Services

Parts = Annotated[Services, Dependency(skip_validation=True)]
"""The running service's parts, as the parameter ``parts`` of a handler."""


def provide_parts(state: State) -> Services:
    """From the application's state, where the lifespan put them."""
    parts: Services = state.parts
    return parts
