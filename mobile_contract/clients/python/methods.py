"""Flows as methods of clients: their parameters, words and answers, for people who look at them."""

import inspect
from collections.abc import Callable
from typing import Any, get_args


def describe(method: Callable[..., Any], flow: Callable[..., Any]) -> None:
    """Give a method the signature of its flow, with ``self`` in the place of what flows share."""
    shown = inspect.signature(flow)
    _core, *parameters = shown.parameters.values()
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    answer = get_args(shown.return_annotation)[-1]
    signature = shown.replace(parameters=[own, *parameters], return_annotation=answer)
    method.__signature__ = signature  # type: ignore[attr-defined]  # where inspect and help look
