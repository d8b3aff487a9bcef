"""Tells somebody something, once."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from minishop.errors import ConcurrentUpdateError
from minishop.exports import collect
from notifications.domain import log as domain
from notifications.domain.errors import BeingSentError, TooManyMessagesError, UndeliverableError
from notifications.domain.log import Notification
from notifications.domain.occasions import SHOP, Kind, Occasion
from notifications.domain.topics import Choice
from notifications.use_cases.gathering import Material, gather
from notifications.use_cases.ports import Log, Ports

EXPORT_PAGE = 250
HOURLY_LIMIT = 30  # to one person through one channel; a busy day of orders stays well below it
UNPAID_LIMIT = 5  # of what costs nothing, to an address that nobody has proven to be theirs


def _lease(ports: Ports, notification: Notification) -> Notification:
    now = ports.clock.now()
    try:
        return ports.log.save(domain.lease(notification, now), (), now)
    except ConcurrentUpdateError as error:
        raise BeingSentError(notification.id) from error


def _fail(ports: Ports, notification: Notification, reason: str) -> Notification:
    done, events = domain.failed(notification, reason)
    return ports.log.save(done, events, ports.clock.now())


def _give_up(ports: Ports, notification: Notification) -> None:
    """Says that it was not sent; another delivery that is at it, or has been, knows better."""
    current = ports.log.find(notification.id) or notification
    if not current.is_settled and not current.is_leased(ports.clock.now()):
        with suppress(ConcurrentUpdateError):
            _fail(ports, current, domain.GIVEN_UP)


def _send(ports: Ports, kind: Kind, notification: Notification, material: Material, address: str) -> Notification:
    channel = notification.channel
    url = ports.links.url(notification.recipient, Choice(kind.topic, channel)) if kind.topic else ""
    facts = {**material.facts, "unsubscribe_url": url, "topic": kind.topic.value if kind.topic else ""}
    message = ports.renderer.render(kind.name, channel, material.contact.locale, facts)
    leased = _lease(ports, notification)
    try:
        provider_id = ports.senders[channel].send(address, replace(message, notification_id=notification.id))
    except UndeliverableError as error:
        return _fail(ports, leased, str(error))
    except Exception:
        ports.log.save(domain.released(leased), (), ports.clock.now())
        raise
    done, events = domain.sent(leased, provider_id)
    return ports.log.save(done, events, ports.clock.now())


def _is_wanted(ports: Ports, kind: Kind, notification: Notification) -> bool:
    if kind.topic is None:
        return True
    return Choice(kind.topic, notification.channel).is_wanted(ports.wishes.changed(notification.recipient))


def _is_to_do(ports: Ports, kind: Kind, notification: Notification, *, late: bool) -> bool:
    """What was begun in time is finished; for what few have asked for, nobody is asked about the others."""
    if notification.is_settled or (late and not notification.version):
        return False
    return kind.topic is None or not kind.topic.is_opt_in or _is_wanted(ports, kind, notification)


def _is_its_turn(ports: Ports, kind: Kind, occasion: Occasion, notification: Notification) -> bool:
    if kind.spacing is None or notification.version:
        return True
    now = ports.clock.now()
    return ports.limits.take_turn(notification.recipient, kind.turn(occasion), occasion.event_id, now, kind.spacing)


def _is_its_share(
    ports: Ports, kind: Kind, occasion: Occasion, notification: Notification, *, material: Material, address: str
) -> bool:
    """Whether it is not too much; of what costs nothing, the rest is left out. Raises TooManyMessagesError: it waits.

    Of guests there are as many as somebody likes, and each may name the same address: what nobody has paid for
    counts by where it goes, and does not use up what its owner may be told. The shop is nobody who is bothered,
    and what was begun has been counted.
    """
    if notification.recipient == SHOP or notification.version:
        return True
    counted_as, limit = notification.recipient, HOURLY_LIMIT
    is_unpaid = not material.is_own(address) and kind.costs_nothing(occasion.event)
    if is_unpaid:
        counted_as, limit = address, UNPAID_LIMIT
    elif not material.is_own(address):
        counted_as = notification.order_id or address
    if ports.limits.take(counted_as, notification.channel, ports.clock.now(), limit):
        return True
    if is_unpaid:
        return False
    raise TooManyMessagesError(notification.id)


def _tell(
    ports: Ports, kind: Kind, occasion: Occasion, planned: Notification, material: Material
) -> Notification | None:
    """Through one channel; None when there is nowhere to send it, or it is not wanted."""
    notification = replace(planned, recipient=material.recipient)
    address = ports.senders[notification.channel].address_of(material.contact)
    if not address or not _is_wanted(ports, kind, notification):
        return None
    if ports.limits.is_suppressed(address):
        return _fail(ports, notification, domain.SUPPRESSED)
    if not _is_its_turn(ports, kind, occasion, notification) or not _is_its_share(
        ports, kind, occasion, notification, material=material, address=address
    ):
        return None
    return _send(ports, kind, notification, material, address)


def _tell_all(ports: Ports, kind: Kind, occasion: Occasion, todo: list[Notification]) -> list[Notification]:
    material = gather(ports, kind, occasion)
    if material is None:
        return []
    told: list[Notification] = []
    failures: list[Exception] = []
    for notification in todo:
        try:
            done = _tell(ports, kind, occasion, notification, material)
        except Exception as error:  # noqa: BLE001  one channel that fails does not silence the next
            failures.append(error)
        else:
            told += [done] if done else []
    if failures:
        raise failures[0]
    return told


def notify(ports: Ports, kind: Kind, occasion: Occasion, *, is_last: bool = False) -> list[Notification]:
    """Tells somebody something through each channel of the kind; what was sent already is not sent again.

    Raises whatever a channel's provider or another service raises when it does not answer, once the other
    channels have had their turn: the event then comes again, and finds sent what was sent. With `is_last` it
    does not, and what could not be sent is given up and told as NotificationFailed before that.
    """
    if not kind.when(occasion.event):
        return []
    planned = [domain.plan(kind, channel, occasion) for channel in kind.channels]
    known = [ports.log.find(plan.id) or plan for plan in planned]
    late = kind.is_late(occasion.at, ports.clock.now())
    todo = [notification for notification in known if _is_to_do(ports, kind, notification, late=late)]
    try:
        return _tell_all(ports, kind, occasion, todo) if todo else []
    except Exception:
        if is_last:
            for notification in todo:
                _give_up(ports, notification)
        raise


def notify_each(
    ports: Ports, occasions: Iterable[tuple[Kind, Occasion]], *, is_last: bool = False
) -> list[Notification]:
    """Tells all that an event is the occasion for; one kind that fails does not silence the next."""
    told: list[Notification] = []
    failures: list[Exception] = []
    for kind, occasion in occasions:
        try:
            told += notify(ports, kind, occasion, is_last=is_last)
        except Exception as error:  # noqa: BLE001  raised below, once the others have had their turn
            failures.append(error)
    if failures:
        raise failures[0]
    return told


def list_notifications(
    log: Log, recipient: str, limit: int, position: dict[str, Any] | None
) -> tuple[list[Notification], dict[str, Any] | None]:
    """What somebody was told, newest first."""
    return log.of(recipient, limit, position)


def export_notifications(log: Log, recipient: str) -> tuple[list[Notification], bool]:
    """What somebody was told, newest first, as much as an export has room for; whether that is all."""
    return collect(lambda position: log.of(recipient, EXPORT_PAGE, position))
