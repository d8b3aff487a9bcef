"""The kinds of message: each a line here, its templates, and a test."""

from notifications.domain import Channel, Kind

VERIFY_EMAIL = Kind("verify_email", (Channel.EMAIL,), link="verify_email")
REGISTRATION_ATTEMPTED = Kind("registration_attempted", (Channel.EMAIL,))
ORDER_CONFIRMED = Kind("order_confirmed", (Channel.EMAIL,))
ORDER_CANCELLED = Kind("order_cancelled", (Channel.EMAIL,))
SHIPMENT_DISPATCHED = Kind("shipment_dispatched", (Channel.EMAIL,))
SHIPMENT_DELIVERED = Kind("shipment_delivered", (Channel.EMAIL, Channel.SMS))

KINDS = (
    VERIFY_EMAIL,
    REGISTRATION_ATTEMPTED,
    ORDER_CONFIRMED,
    ORDER_CANCELLED,
    SHIPMENT_DISPATCHED,
    SHIPMENT_DELIVERED,
)
