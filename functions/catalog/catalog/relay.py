"""The catalogue's stream door."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.domain.stock import LOW_STOCK, fell_low
from minishop.clock import parse_rfc3339
from minishop.contracts.catalog import PromotionUsageChanged, StockLevelChanged, StockLow
from minishop.correlation import Correlation
from minishop.errors import UnreadableMessageError
from minishop.events import Entry, Event, derived_entry
from minishop.relay import relay

ENOUGH = 100  # no cart can want more than that: what happens above it is nobody's business


def _level(image: Mapping[str, Any]) -> int:
    """Of a SKU in several buckets: with what was in the further ones when they were last counted, a minute ago."""
    return int(image["available"]["N"]) + int(image.get("elsewhere", {"N": "0"})["N"]) if image else 0


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


def _used_up(image: Mapping[str, Any]) -> bool:
    return "redeemable" in image and int(image["redeemed"]["N"]) >= int(image["redeemable"]["N"])


def derive_promotion_usage(record: Mapping[str, Any]) -> Iterable[Entry]:
    """PromotionUsageChanged, when the last use of a promotion is taken, or there is one again."""
    images = record["dynamodb"]
    image = images.get("NewImage", {})
    if "redeemed" not in image:
        return []
    try:
        used_up, code, cause = _used_up(image), image["code"]["S"], image["correlation_id"]["S"]
        if used_up == _used_up(images.get("OldImage", {})):
            return []
        return [
            derived_entry(
                PromotionUsageChanged(code=code, used_up=used_up),
                aggregate_id=code,
                sequence=int(image["version"]["N"]),
                at=parse_rfc3339(image["moved_at"]["S"]),
                scope=Correlation(cause, cause, image["moved_by"]["S"]),
            )
        ]
    except (KeyError, ValueError) as error:
        raise UnreadableMessageError(f"not a promotion's count: {error!r}") from error


def derive(record: Mapping[str, Any]) -> Iterable[Entry]:
    """All that follows from values which a transaction does not return."""
    return [*derive_stock_level(record), *derive_promotion_usage(record)]


handler = relay(derive)
