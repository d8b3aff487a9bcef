"""What is where: the paths of the whole shop, as the OpenAPI document lists them."""

import re
from collections.abc import Mapping
from typing import Any

from minishop.errors import MethodNotAllowedError, NotFoundError, ProblemError


class RouteNotFoundError(NotFoundError):
    """No service answers at this path."""

    code = "route_not_found"
    title = "There is nothing at this path"


def refusal(document: Mapping[str, Any], method: str, path: str) -> ProblemError:
    """Why a request that no route takes is refused: 405 at a path that takes other methods, 404 at any other."""
    allowed = sorted(
        {
            verb.upper()
            for template, operations in document["paths"].items()
            if re.fullmatch(re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(template)), path)
            for verb in operations
        }
    )
    if allowed:
        return MethodNotAllowedError(
            f"{method} is not possible here; use {' or '.join(allowed)}.", headers={"Allow": ", ".join(allowed)}
        )
    return RouteNotFoundError("Look the path up at /docs.")
