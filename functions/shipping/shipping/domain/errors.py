"""What shipping refuses.

NotFoundError
├── ShipmentNotFoundError     404  there is none, or it is somebody else's
└── CarrierNotFoundError      404  the shop does not ship with it, or it sends no webhooks
ConflictError
├── NotDispatchableError      409  no label yet, stopped, or not the warehouse's to hand over
├── NoLabelError              409  there is none yet, or any more
├── AddressGoneError          409  whose order it was is forgotten
├── NotOnItsWayError          409  only what has left and not arrived can be lost
├── ReportedByCarrierError    409  the carrier itself says where its parcels are
├── AlreadyResolvedError      409  the loss was settled in the other way
└── InsufficientStockError    409  nothing to send in the lost parcel's place
InvalidError
└── LinesNotInShipmentError   422  more than the shipment holds
BadRequestError
└── InvalidSignatureError     400  a webhook that the carrier did not sign just now
UnavailableError
└── CarrierUnavailableError   503  the carrier gives no label
"""

from minishop.errors import BadRequestError, ConflictError, InvalidError, NotFoundError, UnavailableError


class ShipmentNotFoundError(NotFoundError):
    """There is no such shipment, or it is somebody else's."""

    code = "shipment_not_found"
    title = "No such shipment"


class CarrierNotFoundError(NotFoundError):
    """The shop does not ship with this carrier, or it sends no webhooks."""

    code = "carrier_not_found"
    title = "No such carrier"


class ReportedByCarrierError(ConflictError):
    """The carrier itself says where its parcels are."""

    code = "reported_by_carrier"
    title = "The carrier reports this shipment"


class NotDispatchableError(ConflictError):
    """The shipment has no label yet, was cancelled, or is a return."""

    code = "not_dispatchable"
    title = "The shipment cannot be dispatched"


class NoLabelError(ConflictError):
    """The shipment has no label yet, or was cancelled."""

    code = "no_label"
    title = "The shipment has no label"


class AddressGoneError(ConflictError):
    """The order's address was erased, with the person whose it was."""

    code = "address_gone"
    title = "The address is not kept any more"


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


class CarrierUnavailableError(UnavailableError):
    """The carrier does not answer, or not with a label."""

    code = "carrier_unavailable"
    title = "The carrier does not answer"


class InvalidSignatureError(BadRequestError):
    """A webhook that this carrier did not sign, or not within the last five minutes."""

    code = "invalid_signature"
    title = "The signature is not valid"
