"""The kinds of message: each a line here, its templates, and its snapshots."""

from datetime import timedelta
from itertools import groupby

from minishop.contracts.auth import (
    EmailChanged,
    EmailChangeRequested,
    PasswordChanged,
    PasswordResetRequested,
    PhoneCodeRequested,
    RegistrationAttempted,
    SecondFactorAdded,
    SecondFactorRemoved,
    SessionRevoked,
    SignedIn,
    UserRegistered,
)
from minishop.contracts.cart import CartAbandoned
from minishop.contracts.catalog import StockLow
from minishop.contracts.orders import (
    OrderCancelled,
    OrderConfirmed,
    ReturnAccepted,
    ReturnAuthorized,
    ReturnLost,
    ReturnRejected,
)
from minishop.contracts.payments import PaymentActionRequired, PaymentDeclined, RefundSucceeded
from minishop.contracts.shipping import (
    DeliveryAttemptFailed,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLost,
    ShipmentOutForDelivery,
    ShipmentReturned,
)
from minishop.events import Event
from notifications.domain.occasions import Kind, always
from notifications.domain.topics import Channel, Choice, Topic

MAIL = (Channel.EMAIL,)
SMS = (Channel.SMS,)
MAIL_AND_SMS = (Channel.EMAIL, Channel.SMS)
DELIVERY = Topic.DELIVERY_UPDATES
WORTH_TELLING = frozenset({"token_reused", "disabled"})  # the other ends of a session are somebody's own doing


def _was_unpaid(cancelled: OrderCancelled) -> bool:
    return not cancelled.was_confirmed and cancelled.reason != "out_of_stock"


def _is_to_the_customer(parcel: ShipmentEvent) -> bool:
    return not parcel.return_id


KINDS = (
    Kind("verify_email", UserRegistered, MAIL, link="verify_email"),
    Kind("registration_attempted", RegistrationAttempted, MAIL),
    Kind(
        "password_reset_requested",
        PasswordResetRequested,
        MAIL,
        link="reset_password",
        when=lambda event: not event.contested,
    ),
    Kind("password_to_choose", PasswordResetRequested, MAIL, link="reset_password", when=lambda event: event.contested),
    Kind("password_changed", PasswordChanged, MAIL_AND_SMS, when=lambda event: not event.was_reset),
    Kind("password_reset", PasswordChanged, MAIL_AND_SMS, when=lambda event: event.was_reset),
    Kind("new_sign_in", SignedIn, MAIL_AND_SMS, when=lambda event: not event.known_device),
    Kind("session_revoked", SessionRevoked, MAIL, when=lambda event: event.reason in WORTH_TELLING),
    Kind("second_factor_added", SecondFactorAdded, MAIL_AND_SMS),
    Kind("second_factor_removed", SecondFactorRemoved, MAIL_AND_SMS),
    Kind("email_change_requested", EmailChangeRequested, MAIL, warns=True),
    Kind("change_email", EmailChangeRequested, MAIL, link="change_email"),
    Kind("email_changed", EmailChanged, MAIL_AND_SMS),
    Kind("email_replaced", EmailChanged, MAIL, warns=True),
    Kind("phone_code", PhoneCodeRequested, SMS, link="phone_code"),
    Kind(
        "order_confirmed",
        OrderConfirmed,
        MAIL,
        shows_goods=True,
        links_to_order=True,
    ),
    Kind(
        "order_cancelled",
        OrderCancelled,
        MAIL,
        costs_nothing=_was_unpaid,
        shows_goods=True,
    ),
    Kind("payment_declined", PaymentDeclined, MAIL, costs_nothing=always, shows_goods=True),
    Kind("payment_action_required", PaymentActionRequired, MAIL, costs_nothing=always),
    Kind(
        "cart_abandoned",
        CartAbandoned,
        MAIL,
        topic=Topic.CART_REMINDERS,
        shows_goods=True,
        good_for=timedelta(days=1),
        spacing=timedelta(weeks=1),
    ),
    Kind("refund_succeeded", RefundSucceeded, MAIL, once_per="refund_id"),  # it may come back, and be made again
    Kind("shipment_dispatched", ShipmentDispatched, MAIL, when=_is_to_the_customer, links_to_order=True),
    Kind(
        "shipment_out_for_delivery",
        ShipmentOutForDelivery,
        MAIL_AND_SMS,
        when=_is_to_the_customer,
        topic=DELIVERY,
        good_for=timedelta(hours=12),  # it says today
    ),
    Kind(
        "delivery_attempt_failed",
        DeliveryAttemptFailed,
        MAIL,
        when=_is_to_the_customer,
        good_for=timedelta(days=2),
    ),
    Kind("shipment_delivered", ShipmentDelivered, MAIL_AND_SMS, when=_is_to_the_customer, topic=DELIVERY),
    Kind("shipment_lost", ShipmentLost, MAIL, when=_is_to_the_customer, shows_goods=True),
    Kind("shipment_returned", ShipmentReturned, MAIL, when=_is_to_the_customer, shows_goods=True),
    Kind("return_requested", ShipmentCreated, MAIL, when=lambda parcel: bool(parcel.return_id), shows_goods=True),
    Kind("return_authorized", ReturnAuthorized, MAIL, shows_goods=True),
    Kind("return_accepted", ReturnAccepted, MAIL, shows_goods=True),
    Kind("return_lost", ReturnLost, MAIL, shows_goods=True),
    Kind("return_rejected", ReturnRejected, MAIL, shows_goods=True),
    Kind("stock_low", StockLow, MAIL, to_shop=True, spacing=timedelta(hours=1), spaced_by="sku"),
)


def _event_name(kind: Kind) -> str:
    return kind.event.__name__


def by_event() -> dict[type[Event], tuple[Kind, ...]]:
    """The kinds that may follow from each event."""
    groups = (tuple(group) for _, group in groupby(sorted(KINDS, key=_event_name), key=_event_name))
    return {group[0].event: group for group in groups}


def named(name: str) -> Kind:
    """The kind of this name."""
    return next(kind for kind in KINDS if kind.name == name)


CHOICES = tuple(
    Choice(topic, channel)
    for topic in Topic
    for channel in Channel
    if any(kind.topic is topic and channel in kind.channels for kind in KINDS)
)
"""All that somebody can choose."""
