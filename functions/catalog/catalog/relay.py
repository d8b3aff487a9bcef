"""The catalogue's stream door."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.domain.stock import LOW_STOCK, fell_low
from minishop.clock import parse_rfc3339
from minishop.contracts.catalog import StockLevelChanged, StockLow
from minishop.correlation import Correlation
from minishop.errors import UnreadableMessageError
from minishop.events import Entry, Event, derived_entry
from minishop.relay import relay

ENOUGH = 100  # no cart can want more than that: what happens above it is nobody's business


def _level(image: Mapping[str, Any]) -> int:
    return int(image["available"]["N"]) if image else 0


def derive_stock_level(record: Mapping[str, Any]) -> Iterable[Entry]:
    """StockLevelChanged, as far as it matters to a cart, and StockLow, when a SKU's item has another `available`."""
    images = record["dynamodb"]
    image = images.get("NewImage", {})
    if "available" not in image:
        return []
    try:
        before, after = _level(images.get("OldImage", {})), _level(image)
        sku, cause = image["sku"]["S"], image["correlation_id"]["S"]
        told: list[Event] = []
        if min(before, ENOUGH) != min(after, ENOUGH):
            told.append(StockLevelChanged(sku=sku, available=min(after, ENOUGH)))
        if fell_low(before, after):
            told.append(StockLow(sku=sku, available=after, threshold=LOW_STOCK))
        return [
            derived_entry(
                event,
                aggregate_id=sku,
                sequence=int(image["version"]["N"]),
                at=parse_rfc3339(image["moved_at"]["S"]),
                scope=Correlation(cause, cause, image["moved_by"]["S"]),
            )
            for event in told
        ]
    except (KeyError, ValueError) as error:
        raise UnreadableMessageError(f"not a SKU's item: {error!r}") from error


handler = relay(derive_stock_level)
