"""Notifications' queue door: what happened is told, as the table of kinds says."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from minishop.clock import parse_rfc3339
from minishop.consumer import Consumer
from minishop.contracts.auth import GuestUpgraded, UserErased
from minishop.events import Envelope
from minishop.observability import logger
from notifications import kinds
from notifications.domain import log
from notifications.domain.log import Status
from notifications.domain.occasions import Kind, Occasion
from notifications.mail_reports import says_nothing, translate
from notifications.messages import ErasureRepeated, MailReported
from notifications.use_cases import adopting, erasing, reports, telling
from notifications.wiring import ports

consumer = Consumer("notifications", retry_after=log.pause_seconds)


def _tell(told: tuple[Kind, ...], event: Envelope[Any]) -> None:
    at = parse_rfc3339(event.metadata.occurred_at)
    occasions = [(kind, Occasion.of(kind, event.data, event_id=event.metadata.event_id, at=at)) for kind in told]
    for one in telling.notify_each(ports(), occasions, is_last=event.received >= log.TRIES):
        if one.status is Status.FAILED:  # the template counts these lines, and calls somebody when they are many
            logger().error("notification failed", notification_id=one.id, kind=one.kind, reason=one.reason)


for _contract, _told in kinds.by_event().items():
    consumer.on(_contract)(partial(_tell, _told))


@consumer.on(GuestUpgraded)
def adopt_guest(event: Envelope[GuestUpgraded]) -> None:
    """What a guest was told, and does not want to hear, is the customer's from now on."""
    adopting.adopt_guest(ports(), event.data.guest_id, event.data.customer_id)


@consumer.on(UserErased)
def erase_person(event: Envelope[UserErased]) -> None:
    """Nothing is kept of somebody who is forgotten."""
    erasing.erase_person(ports(), event.data.customer_id)
    erasing.erase_again(ports(), event.data.customer_id)


@consumer.on(ErasureRepeated)
def erase_person_again(event: Envelope[ErasureRepeated]) -> None:
    """What was being written while the person was erased goes too."""
    erasing.erase_person(ports(), event.data.customer_id)


@consumer.on(MailReported)
def record_report(event: Envelope[MailReported]) -> None:
    """An address that does not exist, or whose owner complained, gets nothing more; the log says what happened."""
    at = parse_rfc3339(event.metadata.occurred_at)
    data = event.data
    reports.record_report(ports(), data.notification_id, data.addresses, Status(data.reason), at)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Handles a batch of SQS messages: the shop's events, and what SES reports."""
    said = [record for record in event["Records"] if not says_nothing(record["body"])]
    records = [{**record, "body": translate(record["body"])} for record in said]
    return consumer.handler({"Records": records}, context)
