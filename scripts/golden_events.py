"""Golden samples of events: `events/contracts/<publisher>/<Event>.v<n>.json`, one for each contract and version.

    python -m scripts.golden_events     writes the samples that are missing; never touches one that is there

A sample is what goes over the bus. It is committed, and tests hold both ends to it: what a publisher writes has
exactly its fields, and every consumer can read it. Changing one is changing the contract.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from minishop import contracts
from minishop.clock import rfc3339
from minishop.correlation import Correlation, set_correlation
from minishop.events import Event, decode_outbox, encode_outbox

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "events" / "contracts"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

WORDS = {
    "action_url": "https://shop.example/confirm",
    "carrier": "sandbox",
    "channel": "email",
    "currency": "EUR",
    "device": "Firefox, Windows",
    "image": "https://shop.example/mug.svg",
    "locale": "en",
    "number": "M-7K3Q-9D2F",
    "payment_method": "pm_card_visa",
    "reason": "customer",
    "resolution": "refund",
    "sku": "MUG-RED",
    "slug": "enamel-mug",
    "title": "Enamel mug",
    "tracking_number": "SBX0000000001",
}
PREFIXES = {
    "buyer": "gst",
    "customer_id": "cus",
    "dispute_id": "dp",
    "event_id": "evt",
    "guest_id": "gst",
    "notification_id": "ntf",
    "order_id": "ord",
    "owner": "cus",
    "payment_id": "pay",
    "product_id": "prd",
    "reference": "ret",
    "refund_id": "ref",
    "return_id": "ret",
    "session_id": "ses",
    "shipment_id": "shp",
}


def published() -> Iterator[type[Event]]:
    """Every contract that is published: the classes of `minishop.contracts` that no other derives from."""
    for module in pkgutil.iter_modules(contracts.__path__):
        loaded = importlib.import_module(f"{contracts.__name__}.{module.name}")
        for contract in vars(loaded).values():
            if (
                isinstance(contract, type)
                and issubclass(contract, Event)
                and contract.__module__ == loaded.__name__
                and not contract.__subclasses__()
            ):
                yield contract


def path_of(contract: type[Event]) -> Path:
    """Where the sample of a contract's present version is kept."""
    return SAMPLES / contract.publisher() / f"{contract.__name__}.v{contract.VERSION}.json"


def _example(name: str, kind: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{field.name: _example(field.name, hints[field.name]) for field in fields(kind)})
    if get_origin(kind) is tuple:
        return (_example(name, get_args(kind)[0]),)
    if isinstance(kind, UnionType):
        return _example(name, next(part for part in get_args(kind) if part is not NoneType))
    if name in PREFIXES:
        return f"{PREFIXES[name]}_{'0' * 25}1"
    simple: dict[Any, Any] = {str: WORDS.get(name, name), int: 2, bool: False, datetime: AT}
    return simple[kind]


def example(contract: type[Event]) -> Event:
    """An event of this contract with believable values."""
    event: Event = _example("", contract)
    return event


def message(event: Event) -> dict[str, Any]:
    """The event as it goes over the bus."""
    with set_correlation(Correlation("request-1", "request-1", "cus_00000000000000000000000001")):
        text = encode_outbox([event], aggregate_id="aggregate-1", sequence=1, at=AT)
    (entry,) = decode_outbox(text or "")
    return {
        "version": "0",
        "detail-type": entry.detail_type,
        "source": entry.source,
        "time": rfc3339(AT),
        "detail": json.loads(msgspec.json.encode(entry.detail)),
    }


def main() -> None:
    """The command."""
    for contract in published():
        path = path_of(contract)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(message(example(contract)), indent=2) + "\n", encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
