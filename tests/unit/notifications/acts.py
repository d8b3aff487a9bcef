"""Telling somebody something, in one word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from minishop.contracts.shipping import ShipmentEvent
from notifications import kinds
from notifications.domain.log import Notification
from notifications.domain.occasions import Kind, Occasion
from notifications.domain.topics import Channel, Choice, Topic
from notifications.use_cases import telling
from tests.times import NOON
from tests.unit.notifications.fakes import Post
from tests.unit.notifications.samples import (
    is_of_an_order,
    occasion_of,
)

HAPPENED = NOON - timedelta(minutes=3)


OF_A_CUSTOMER = [kind for kind in kinds.KINDS if not kind.to_shop]


OF_AN_ACCOUNT = [kind for kind in OF_A_CUSTOMER if not is_of_an_order(kind)]


def occasion(kind: Kind, event_id: str = "evt_1", **members: Any) -> Occasion:
    return replace(occasion_of(kind, event_id, **members), at=HAPPENED)


def tell(
    post: Post, kind: Kind, event_id: str = "evt_1", *, is_last: bool = False, **members: Any
) -> list[Notification]:
    return telling.notify(post.ports, kind, occasion(kind, event_id, **members), is_last=is_last)


def only(post: Post) -> Notification:
    (stored,) = post.log.stored.values()
    return stored


EVERYTHING = frozenset(choice for choice in kinds.CHOICES if choice.topic.is_opt_in)


NO_MAIL = Choice(Topic.DELIVERY_UPDATES, Channel.EMAIL)


OF_PARCELS = [kind for kind in kinds.KINDS if issubclass(kind.event, ShipmentEvent) and kind.name != "return_requested"]


CART_ABANDONED = kinds.named("cart_abandoned")


def wants_reminders(post: Post) -> None:
    post.wishes.keep("cus_ada", EVERYTHING)
