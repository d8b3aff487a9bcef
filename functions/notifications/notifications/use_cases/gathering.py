"""What a message is made of: asked for when it is made, and kept nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from minishop.errors import UnavailableError
from notifications.domain.occasions import GUEST_PREFIX, SHOP, Kind, Occasion
from notifications.use_cases.ports import DEFAULT_LOCALE, Contact, Ports, Secret


@dataclass(frozen=True)
class Material:
    """What a message is made of, and who gets it. `known` is how auth says that they are reached."""

    recipient: str
    contact: Contact
    facts: Mapping[str, Any]
    known: Contact | None = None

    def is_own(self, address: str) -> bool:
        """Whether it is an address or number of the account's; anybody may have typed others."""
        return self.known is not None and address in {self.known.email, self.known.former_email, self.known.phone}


def _shopper(ports: Ports, order: Mapping[str, Any]) -> tuple[str, Contact, Contact | None] | None:
    """Whom an order belongs to, how they are reached about it and in general; None when they are not there any more."""
    owner = ports.guests.customer_of(order["owner"]) or order["owner"]
    known = ports.customers.contact(owner)
    if known is None and not owner.startswith(GUEST_PREFIX):
        return None
    email = order["email"] or (known.email if known else "")
    contact = Contact(
        name=known.name if known and email == known.email else "",  # others' addresses are for nobody's words
        email=email,
        phone=order["shipping_address"].get("phone") or "",  # who is at the door, who need not be who ordered
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


def gather(ports: Ports, kind: Kind, occasion: Occasion) -> Material | None:
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
        contact = replace(known, email=known.email_before(occasion.at)) if kind.warns else known
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
    return Material(recipient, contact, {**facts, "name": contact.name}, known)


def _reached_by(secret: Secret, contact: Contact) -> Contact:
    """Where a secret goes. An address that is yet to be proven may be anybody's, who is told of nobody."""
    name = contact.name if secret.email in {"", contact.email} else ""
    return replace(contact, name=name, email=secret.email or contact.email, phone=secret.phone or contact.phone)
