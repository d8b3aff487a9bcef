"""Tells somebody something, once."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from minishop.errors import ConcurrentUpdateError, UnavailableError
from minishop.exports import collect
from notifications.domain import log as domain
from notifications.domain.errors import BeingSentError, TooManyMessagesError, UndeliverableError
from notifications.domain.log import Notification
from notifications.domain.occasions import GUEST_PREFIX, SHOP, Kind, Occasion
from notifications.domain.topics import Choice
from notifications.use_cases.ports import DEFAULT_LOCALE, Contact, Log, Ports, Secret

EXPORT_PAGE = 250


@dataclass(frozen=True)
class _Material:
    """What a message is made of, and who gets it. `known` is how auth says that they are reached."""

    recipient: str
    contact: Contact
    facts: Mapping[str, Any]
    known: Contact | None = None

    def counted_as(self, address: str) -> str:
        """Who is told too much: the person, or an address that nobody has proven to be theirs.

        Of guests there are as many as somebody likes, and each may name the same address. What goes there does not
        use up what its owner may be told.
        """
        return self.recipient if self.known and address in {self.known.email, self.known.phone} else address


def _shopper(ports: Ports, order: Mapping[str, Any]) -> tuple[str, Contact, Contact | None] | None:
    """Whom an order belongs to, how they are reached about it and in general; None when they are not there any more."""
    owner = ports.guests.customer_of(order["owner"]) or order["owner"]
    known = ports.customers.contact(owner)
    if known is None and not owner.startswith(GUEST_PREFIX):
        return None
    address = order["shipping_address"]
    contact = Contact(
        name=known.name if known else address["full_name"],
        email=order["email"] or (known.email if known else ""),
        phone=address.get("phone") or "",  # who is at the door, who need not be who ordered
        locale=known.locale if known else order.get("locale") or DEFAULT_LOCALE,
    )
    return owner, contact, known


def _previews(ports: Ports, lines: Sequence[Mapping[str, Any]], *, needed: bool) -> Mapping[str, Any]:
    """What the lines look like; where that is not needed, a catalogue that does not answer holds nothing up."""
    try:
        return ports.catalog.previews(tuple(dict.fromkeys(line["sku"] for line in lines)))
    except UnavailableError:
        if needed:
            raise
        return {}


def _gather(ports: Ports, kind: Kind, occasion: Occasion) -> _Material | None:
    """Asks the owners of the facts; None when nobody is there to be told."""
    facts: dict[str, Any] = {"event": occasion.said, "at": occasion.at}
    recipient, contact, known = occasion.recipient, ports.shop, None
    if occasion.order_id:
        facts["order"] = ports.orders.order(occasion.order_id)
        shopper = _shopper(ports, facts["order"])
        if shopper is None:
            return None
        recipient, contact, known = shopper
    elif recipient != SHOP:
        known = ports.customers.contact(recipient)
        if known is None:
            return None
        contact = known
    if kind.shows_goods:
        lines, without_order = facts["event"].get("lines") or facts["order"]["lines"], not occasion.order_id
        facts["previews"] = _previews(ports, lines, needed=without_order)
        if without_order and not any(preview["available"] for preview in facts["previews"].values()):
            return None  # nothing that could be bought
    if kind.links_to_order:
        facts["order_token"] = ports.orders.link_token(occasion.event_id, occasion.order_id)
    if kind.link:
        secret = ports.customers.secret(occasion.event_id, recipient, kind.link)
        if secret is None:
            return None
        facts["token"] = secret.token
        contact = _reached_by(secret, contact)
    return _Material(recipient, contact, {**facts, "name": contact.name}, known)


def _reached_by(secret: Secret, contact: Contact) -> Contact:
    """Where a secret goes. An address that is yet to be proven may be anybody's, who is told of nobody."""
    name = contact.name if secret.email in {"", contact.email} else ""
    return replace(contact, name=name, email=secret.email or contact.email, phone=secret.phone or contact.phone)


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


def _send(ports: Ports, kind: Kind, notification: Notification, material: _Material, address: str) -> Notification:
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


def _is_too_much(ports: Ports, notification: Notification, counted_as: str) -> bool:
    """Whether it has to wait. The shop is nobody who is bothered, and what was begun has been counted."""
    if notification.recipient == SHOP or notification.version:
        return False
    return not ports.limits.take(counted_as, notification.channel, ports.clock.now())


def _tell(
    ports: Ports, kind: Kind, occasion: Occasion, planned: Notification, material: _Material
) -> Notification | None:
    """Through one channel; None when there is nowhere to send it, or it is not wanted."""
    notification = replace(planned, recipient=material.recipient)
    address = ports.senders[notification.channel].address_of(material.contact)
    if not address or not _is_wanted(ports, kind, notification):
        return None
    if ports.limits.is_suppressed(address):
        return _fail(ports, notification, domain.SUPPRESSED)
    if not _is_its_turn(ports, kind, occasion, notification):
        return None
    if _is_too_much(ports, notification, material.counted_as(address)):
        raise TooManyMessagesError(notification.id)
    return _send(ports, kind, notification, material, address)


def _tell_all(ports: Ports, kind: Kind, occasion: Occasion, todo: list[Notification]) -> list[Notification]:
    material = _gather(ports, kind, occasion)
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
