"""What shipping refuses.

NotFoundError
└── ShipmentNotFoundError     404  there is none, or it is somebody else's
ConflictError
├── NotDispatchableError      409  no label yet, stopped, or not the warehouse's to hand over
├── NotOnItsWayError          409  only what has left and not arrived can be lost
├── AlreadyResolvedError      409  the loss was settled in the other way
└── InsufficientStockError    409  nothing to send in the lost parcel's place
InvalidError
└── LinesNotInShipmentError   422  more than the shipment holds
"""

from minishop.errors import ConflictError, InvalidError, NotFoundError


class ShipmentNotFoundError(NotFoundError):
    """There is no such shipment, or it is somebody else's."""

    code = "shipment_not_found"
    title = "No such shipment"


class NotDispatchableError(ConflictError):
    """The shipment has no label yet, was cancelled, or is a return."""

    code = "not_dispatchable"
    title = "The shipment cannot be dispatched"


class NotOnItsWayError(ConflictError):
    """The shipment has not left, has arrived, or is a return."""

    code = "not_on_its_way"
    title = "The shipment is not on its way"


class AlreadyResolvedError(ConflictError):
    """It was decided otherwise what becomes of the lost shipment."""

    code = "already_resolved"
    title = "The loss is resolved already"


class InsufficientStockError(ConflictError):
    """There is not enough to send once more; `shortages` says of what."""

    code = "insufficient_stock"
    title = "Not enough in stock"


class LinesNotInShipmentError(InvalidError):
    """The lines are not the shipment's, or more than it has."""

    code = "lines_not_in_shipment"
    title = "The shipment does not hold these lines"
