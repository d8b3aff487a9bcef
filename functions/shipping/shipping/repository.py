"""Shipments in the table.

pk                    sk        what
shipment#<id>         shipment  the shipment; indexes by_status (status, created_at), by_owner (owner, created_at)
tracking#<number>     tracking  which shipment has this tracking number
guest#<id>            …         whom a guest has become (`minishop.guests`)
"""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from minishop import dynamodb
from minishop.dynamodb import DocumentAttribute, FromEnvironment, Item, TableMeta, TimeAttribute, Transaction
from minishop.guests import Upgrade
from minishop.identity import Principal
from shipping.domain.shipment import Answer, Change, Entry, Line, Loss, Shipment, Status
from shipping.use_cases.ports import Position, Span

PAGE = 50
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)  # the table tells no shorter one


class ByStatus(GlobalSecondaryIndex["ShipmentItem"]):
    """Shipments in one state, oldest first."""

    class Meta(TableMeta):
        index_name = "by_status"
        projection = AllProjection()

    status = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class ByOwner(GlobalSecondaryIndex["ShipmentItem"]):
    """The keys of a principal's shipments."""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class ShipmentItem(Item):
    """A shipment."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SHIPPING_TABLE")

    by_status = ByStatus()
    by_owner = ByOwner()

    shipment_id = UnicodeAttribute()
    order_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    carrier = UnicodeAttribute()
    service = UnicodeAttribute()
    lines = DocumentAttribute[tuple[Line, ...]](tuple[Line, ...])
    status = UnicodeAttribute()
    tracking_number = UnicodeAttribute()
    return_id = UnicodeAttribute(default="")
    timeline = DocumentAttribute[tuple[Entry, ...]](tuple[Entry, ...])
    loss = DocumentAttribute[Loss](Loss, null=True)
    answers = DocumentAttribute[tuple[Answer, ...]](tuple[Answer, ...], null=True)
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    @property
    def aggregate_id(self) -> str:
        """The shipment's id."""
        return self.shipment_id


class TrackingItem(Item):
    """Which shipment has a tracking number."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SHIPPING_TABLE")

    shipment_id = UnicodeAttribute()


class GuestItem(Upgrade):
    """Whom a guest has become."""

    class Meta(TableMeta):
        table_name = FromEnvironment("SHIPPING_TABLE")


def _key(shipment_id: str) -> str:
    return f"shipment#{shipment_id}"


def _item(shipment: Shipment) -> ShipmentItem:
    return ShipmentItem(
        _key(shipment.id),
        "shipment",
        shipment_id=shipment.id,
        order_id=shipment.order_id,
        owner=shipment.owner,
        carrier=shipment.carrier,
        service=shipment.service,
        lines=shipment.lines,
        status=shipment.status.value,
        tracking_number=shipment.tracking_number,
        return_id=shipment.return_id,
        timeline=shipment.timeline,
        loss=shipment.loss,
        answers=shipment.answers,
        created_at=shipment.created_at,
        updated_at=shipment.updated_at,
        version=shipment.version,
    )


def _shipment(item: ShipmentItem) -> Shipment:
    return Shipment(
        id=item.shipment_id,
        order_id=item.order_id,
        owner=item.owner,
        carrier=item.carrier,
        service=item.service,
        lines=item.lines,
        status=Status(item.status),
        created_at=item.created_at,
        updated_at=item.updated_at,
        tracking_number=item.tracking_number,
        return_id=item.return_id,
        timeline=item.timeline,
        loss=item.loss,
        answers=item.answers or (),
        version=int(item.version),
    )


def _new_item(shipment: Shipment) -> ShipmentItem:
    item = _item(shipment)
    item.version = 1
    return item


class ShipmentTable:
    """Implements `shipping.use_cases.ports.Shipments`."""

    def find(self, shipment_id: str) -> Shipment | None:
        """One GetItem."""
        item = ShipmentItem.find(_key(shipment_id), "shipment")
        return _shipment(item) if item else None

    def find_for(self, shipment_id: str, principal: Principal) -> Shipment | None:
        """One GetItem; somebody else's is not there."""
        item = ShipmentItem.find(_key(shipment_id), "shipment")
        return _shipment(item) if item and item.owner in {principal.id, principal.guest} else None

    def find_by_tracking_number(self, tracking_number: str) -> Shipment | None:
        """Two GetItems."""
        link = TrackingItem.find(f"tracking#{tracking_number}", "tracking")
        return self.find(link.shipment_id) if link else None

    def owned_by(self, owner: str, position: Position | None) -> tuple[list[str], Position | None]:
        """One Query on by_owner."""
        result = ShipmentItem.by_owner.query(owner, limit=PAGE, page_size=PAGE, last_evaluated_key=position)
        return [str(item.pk).removeprefix(_key("")) for item in result], result.last_evaluated_key

    def latest_of(self, owner: str, position: Position | None) -> tuple[list[Shipment], Position | None]:
        """One Query on by_owner, and one BatchGetItem: the index is behind at times, the shipment itself is not."""
        result = ShipmentItem.by_owner.query(
            owner, scan_index_forward=False, limit=PAGE, page_size=PAGE, last_evaluated_key=position
        )
        keys = [(str(item.pk), "shipment") for item in result]
        items = {str(item.pk): item for item in ShipmentItem.batch_get(keys)} if keys else {}
        found = [_shipment(items[pk]) for pk, _ in keys if pk in items and items[pk].owner == owner]
        return found, result.last_evaluated_key

    def made_in(self, span: Span, limit: int, position: Position | None) -> tuple[list[Shipment], Position | None]:
        """One Query on by_status."""
        last = (span.until or LAST) - MOMENT
        result = ShipmentItem.by_status.query(
            span.status.value,
            ShipmentItem.created_at.between(min(span.since or FIRST, last), last),
            limit=limit,
            page_size=limit,
            last_evaluated_key=position,
        )
        return [_shipment(item) for item in result], result.last_evaluated_key

    def insert(self, change: Change) -> None:
        """One conditional Put. Raises AlreadyExistsError."""
        dynamodb.insert(_new_item(change.shipment), change.events, at=change.shipment.updated_at)

    def replace(self, change: Change) -> Shipment:
        """One conditional Put; with offspring a TransactWrite of two. Raises ConcurrentUpdateError."""
        item, before, at = _item(change.shipment), change.shipment.version, change.shipment.updated_at
        if change.offspring is None:
            dynamodb.replace(item, change.events, expected=before, at=at)
        else:
            transaction, born = Transaction(), change.offspring
            transaction.replace("shipment", item, change.events, expected=before, at=at)
            transaction.insert("offspring", _new_item(born.shipment), born.events, at=born.shipment.updated_at)
            transaction.commit()
        return _shipment(item)

    def link(self, tracking_number: str, shipment_id: str) -> None:
        """One conditional Update: a number stays with whom it was first given to. Raises ConcurrentUpdateError."""
        item = TrackingItem(f"tracking#{tracking_number}", "tracking")
        free = TrackingItem.pk.does_not_exist() | (TrackingItem.shipment_id == shipment_id)
        dynamodb.change(item, [TrackingItem.shipment_id.set(shipment_id)], condition=free)
