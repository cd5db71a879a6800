"""What handlers are given."""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from service.bootstrap import Services

Call = Request[Any, Any, Any]
"""A request, as a parameter's type: we give it neither user, session nor state of our own."""

Parts = SkipValidation[NamedDependency[Services]]
"""The running service's parts, as the parameter ``parts`` of a handler."""


def provide_parts(state: State) -> Services:
    """From the application's state, where the lifespan put them."""
    parts: Services = state.parts
    return parts
