"""What must hold of parcels, whatever happened to them: rules as in `rules`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
NOT_LEFT = {"pending", "label_created", "cancelled"}


def _units(lines: Iterable[Row]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for line in lines:
        counted[line["sku"]] += int(line["quantity"])
    return counted


def nothing_cancelled_is_on_its_way(tables: Tables) -> Iterator[str]:
    """No order is both cancelled and shipped."""
    status = {row["order_id"]: row["status"] for row in tables["orders.order"]}
    for shipment in tables["shipping.shipment"]:
        order = status.get(shipment["order_id"], "unknown")
        if order in {"unknown", "cancelled"} and shipment["status"] not in NOT_LEFT:
            yield f"{shipment['order_id']} is {order}, its shipment {shipment['status']}"


def lost_parcels_are_written_off(tables: Tables) -> Iterator[str]:
    """What support gave up was written off as it was decided, once; and nothing else was."""
    written_off = {row["shipment_id"]: row for row in tables["catalog.write_off"]}
    decided = [row for row in tables["shipping.shipment"] if row.get("loss")]
    given_up = {row["shipment_id"]: row for row in decided if row["loss"]["resolution"] != "refuse"}
    for shipment_id in written_off.keys() - given_up.keys():
        yield f"{shipment_id} is written off, but nobody gave it up"
    for shipment_id, shipment in given_up.items():
        loss, entry = shipment["loss"], written_off.get(shipment_id)
        if not loss["settled"] or entry is None:
            yield f"{shipment_id} is given up, and not settled: {loss}"
        elif entry["replace"] != (loss["resolution"] == "reship") or _units(entry["lines"]) != _units(
            shipment["lines"]
        ):
            yield f"{shipment_id} is written off as {entry}, but was {shipment}"


def parcels_hold_what_was_ordered(tables: Tables) -> Iterator[str]:
    """The parcels of an order that is not cancelled hold its lines: split, and replaced where one was lost."""
    ordered = {row["order_id"]: row for row in tables["orders.order"]}
    sent: dict[str, Counter[str]] = defaultdict(Counter)
    for shipment in tables["shipping.shipment"]:
        replaced = (shipment.get("loss") or {}).get("resolution") == "reship"
        if not shipment.get("return_id") and shipment["status"] != "cancelled" and not replaced:
            sent[shipment["order_id"]] += _units(shipment["lines"])
    for order_id, units in sent.items():
        order = ordered.get(order_id)
        if order and order["status"] != "cancelled" and units != _units(order["lines"]):
            yield f"{order_id}: its parcels hold {dict(units)}, but {dict(_units(order['lines']))} were ordered"


def returns_have_their_parcel(tables: Tables) -> Iterator[str]:
    """What a shopper sends back travels in one parcel of just that, whose label the return shows."""
    parcels = {row["shipment_id"]: row for row in tables["shipping.shipment"]}
    for row in tables["orders.order"]:
        for one in row.get("returns") or ():
            parcel = parcels.get((one["label"] or {}).get("shipment_id", ""), {})
            if _units(parcel.get("lines", ())) != _units(one["lines"]):
                yield f"{one['id']} of {row['order_id']} travels in {parcel or 'no parcel'}"


def no_label_outlives_its_shipment(tables: Tables) -> Iterator[str]:
    """What was stopped has no label at the carrier any more, and every label there is for a shipment."""
    shipments = {row["shipment_id"]: row["status"] for row in tables["shipping.shipment"]}
    for parcel in tables["sandbox.parcel"]:
        shipment = shipments.get(parcel["reference"], "unknown")
        if shipment in {"cancelled", "unknown"} and parcel["status"] == "label_created":
            yield f"{parcel['reference']} is {shipment}, and has a label at the carrier"


PARCEL_RULES: tuple[Callable[[Tables], Iterator[str]], ...] = (
    nothing_cancelled_is_on_its_way,
    lost_parcels_are_written_off,
    parcels_hold_what_was_ordered,
    returns_have_their_parcel,
    no_label_outlives_its_shipment,
)
