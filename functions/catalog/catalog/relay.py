"""The catalogue's stream door."""

from collections.abc import Iterable, Mapping
from typing import Any

from minishop.clock import parse_rfc3339
from minishop.contracts.catalog import StockLevelChanged
from minishop.correlation import Correlation
from minishop.errors import UnreadableMessageError
from minishop.events import Entry, derived_entry
from minishop.relay import relay

ENOUGH = 100  # no cart can want more than that: what happens above it is nobody's business


def _told(image: Mapping[str, Any]) -> int:
    return min(int(image["available"]["N"]), ENOUGH) if image else 0


def derive_stock_level(record: Mapping[str, Any]) -> Iterable[Entry]:
    """StockLevelChanged, when a SKU's item has another `available` than before, as far as it matters to a cart."""
    images = record["dynamodb"]
    after = images.get("NewImage", {})
    if "available" not in after:
        return []
    try:
        available = _told(after)
        if available == _told(images.get("OldImage", {})):
            return []
        sku, cause = after["sku"]["S"], after["correlation_id"]["S"]
        return [
            derived_entry(
                StockLevelChanged(sku=sku, available=available),
                aggregate_id=sku,
                sequence=int(after["version"]["N"]),
                at=parse_rfc3339(after["moved_at"]["S"]),
                scope=Correlation(cause, cause, after["moved_by"]["S"]),
            )
        ]
    except (KeyError, ValueError) as error:
        raise UnreadableMessageError(f"not a SKU's item: {error!r}") from error


handler = relay(derive_stock_level)
