"""The kinds of message: each a line here, its templates, and a test."""

from notifications.domain import Channel, Kind, OptOut, Topic

MAIL = (Channel.EMAIL,)
MAIL_AND_SMS = (Channel.EMAIL, Channel.SMS)

VERIFY_EMAIL = Kind("verify_email", MAIL, link="verify_email")
REGISTRATION_ATTEMPTED = Kind("registration_attempted", MAIL)
PASSWORD_RESET_REQUESTED = Kind("password_reset_requested", MAIL, link="reset_password")
PASSWORD_CHANGED = Kind("password_changed", MAIL)
ORDER_CONFIRMED = Kind("order_confirmed", MAIL)
ORDER_CANCELLED = Kind("order_cancelled", MAIL)
PAYMENT_DECLINED = Kind("payment_declined", MAIL)
PAYMENT_ACTION_REQUIRED = Kind("payment_action_required", MAIL)
REFUND_SUCCEEDED = Kind("refund_succeeded", MAIL)
SHIPMENT_DISPATCHED = Kind("shipment_dispatched", MAIL)
SHIPMENT_OUT_FOR_DELIVERY = Kind("shipment_out_for_delivery", MAIL_AND_SMS, topic=Topic.DELIVERY_UPDATES)
SHIPMENT_DELIVERED = Kind("shipment_delivered", MAIL_AND_SMS, topic=Topic.DELIVERY_UPDATES)
STOCK_LOW = Kind("stock_low", MAIL)

KINDS = (
    VERIFY_EMAIL,
    REGISTRATION_ATTEMPTED,
    PASSWORD_RESET_REQUESTED,
    PASSWORD_CHANGED,
    ORDER_CONFIRMED,
    ORDER_CANCELLED,
    PAYMENT_DECLINED,
    PAYMENT_ACTION_REQUIRED,
    REFUND_SUCCEEDED,
    SHIPMENT_DISPATCHED,
    SHIPMENT_OUT_FOR_DELIVERY,
    SHIPMENT_DELIVERED,
    STOCK_LOW,
)

CHOICES = tuple(
    OptOut(topic, channel)
    for topic in Topic
    for channel in Channel
    if any(kind.topic is topic and channel in kind.channels for kind in KINDS)
)
"""All that somebody can opt out of."""
