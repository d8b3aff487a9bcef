"""What the present work belongs to: set at each door, read where events are recorded and other services called."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correlation:
    """What the present work belongs to.

    Attributes:
        id: The id that everything following from one request shares.
        cause: The id of the event that caused this, or of the request.
        actor: Who is behind it: a principal's id, or `service:orders`.
    """

    id: str
    cause: str
    actor: str


_correlation: ContextVar[Correlation] = ContextVar("correlation")


def correlation() -> Correlation:
    """What the present work belongs to. Raises LookupError outside a door."""
    return _correlation.get()


@contextmanager
def set_correlation(scope: Correlation) -> Iterator[None]:
    """Runs the body as part of `scope`."""
    token = _correlation.set(scope)
    try:
        yield
    finally:
        _correlation.reset(token)
