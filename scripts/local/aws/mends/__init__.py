"""Mends the gaps of moto that the shop would fall into. `tests/local/aws/gaps/` holds a test for each.

`mend()` patches moto's classes in this process; it serves the moto server and in-process tests under
`moto.mock_aws` alike. `mended()` and `plain()` say how moto is for the length of a test.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.local.aws.mends import events, large_items, queues, streams, tables, transactions
from scripts.local.aws.mends.patches import Patches

__all__ = ["mend", "mended", "plain"]

_in_force: list[Patches] = []  # none, or one


def mend() -> None:
    """Mend moto for the rest of this process. A second time does nothing."""
    if not _in_force:
        _in_force.append(_apply(lock=True))


@contextmanager
def mended(*, lock: bool = True) -> Iterator[None]:
    """Moto mended. `lock=False` leaves DynamoDB requests racing: for the test of the lock."""
    with plain():
        _in_force.append(_apply(lock=lock))
        try:
            yield
        finally:
            _end()


@contextmanager
def plain() -> Iterator[None]:
    """Moto as it is, even where it was mended before."""
    was_mended = bool(_in_force)
    _end()
    try:
        yield
    finally:
        if was_mended:
            mend()


def _end() -> None:
    while _in_force:
        _in_force.pop().close()


def _apply(*, lock: bool) -> Patches:
    patches = Patches()
    tables.mend_writes(patches)
    tables.mend_copies(patches)
    transactions.mend_transactions(patches)
    streams.mend_streams(patches)
    queues.mend_queues(patches)
    events.mend_events(patches)
    large_items.mend_large_items(patches)
    if lock:
        tables.mend_races(patches)
    return patches
