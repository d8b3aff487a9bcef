"""Who is behind what a request changes."""

from minishop.correlation import correlation
from orders.domain.progress import Origin


def origin() -> Origin:
    """Of the request at hand."""
    scope = correlation()
    return Origin(scope.actor, scope.id)
