"""What shipping refuses.

NotFoundError
└── ShipmentNotFoundError     404  there is none, or it is somebody else's
ConflictError
└── NotDispatchableError      409  no label yet, stopped, or not the warehouse's to hand over
"""

from minishop.errors import ConflictError, NotFoundError


class ShipmentNotFoundError(NotFoundError):
    """There is no such shipment, or it is somebody else's."""

    code = "shipment_not_found"
    title = "No such shipment"


class NotDispatchableError(ConflictError):
    """The shipment has no label yet, was cancelled, or is a return."""

    code = "not_dispatchable"
    title = "The shipment cannot be dispatched"
