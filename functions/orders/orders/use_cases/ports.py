"""What orders' use cases need, and the loop by which they change an order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal, Successor
from orders.domain.checkout import Cart, CartLine, Hold, Merchandise, Offer
from orders.domain.erasure import forgotten_if_due
from orders.domain.errors import NotInvoicedError, OrderNotFoundError
from orders.domain.moves import Decision
from orders.domain.order import Address, Order
from orders.domain.progress import Origin, Status
from orders.domain.returns import Return, ReturnLabel
from orders.domain.taxes import CountryRates, Taxes

ATTEMPTS = 5
SHOP = Origin("service:orders", "erasure")
Position = dict[str, Any]


class Orders(Protocol):
    """Where orders are kept."""

    def find(self, order_id: str) -> Order | None:
        """By id."""
        ...

    def find_for(self, order_id: str, principal: Principal) -> Order | None:
        """By id, if this principal may see it."""
        ...

    def owned_by(self, owner: str, limit: int, position: Position | None) -> tuple[list[Order], Position | None]:
        """Latest first, a page at a time; the second is where the next page starts."""
        ...

    def placed_in(
        self, status: Status | None, since: datetime, until: datetime, limit: int, position: Position | None
    ) -> tuple[list[Order], Position | None]:
        """Placed from `since` and before `until`, latest first; a page may be short, or empty, and yet have a next."""
        ...

    def find_by_return(self, return_id: str) -> Order:
        """The order that a return belongs to. Raises ReturnNotFoundError."""
        ...

    def insert(self, order: Order, events: tuple[Event, ...]) -> Order:
        """As it is stored then. Raises AlreadyExistsError; SaveUnansweredError when it may have been written or not."""
        ...

    def replace(self, before: Order, after: Order, events: tuple[Event, ...]) -> Order:
        """`after` over `before`, as it was read; as it is stored then. Raises ConcurrentUpdateError."""
        ...


class Carts(Protocol):
    """The cart service. Every call raises ServiceUnavailableError when it does not answer."""

    def view(self, owner: str) -> Cart:
        """The cart as it is."""
        ...

    def claim(self, owner: str, order_id: str) -> Cart:
        """Reserves the cart for one order; the same lines for the same order again.

        Raises CartEmptyError, CheckoutInProgressError.
        """
        ...

    def release(self, owner: str, order_id: str) -> None:
        """Gives this order's claim back, if it has one."""
        ...


class Stock(Protocol):
    """The catalog service, as far as holds go. Every call raises ServiceUnavailableError when it does not answer."""

    def hold(
        self,
        order_id: str,
        lines: tuple[CartLine, ...],
        promotion: str | None,
        customer_id: str,
        *,
        expected: Merchandise | None,
    ) -> Hold:
        """Holds all lines and the promotion's use, or none; they must cost what is expected.

        The same order again gets the same hold, or holds again what has run out, at the prices of the first time.
        Raises InsufficientStockError, TotalChangedError, PromotionNotApplicableError, ReservationReleasedError.
        """
        ...


class Catalog(Stock, Protocol):
    """The catalog service."""

    def price(
        self, lines: tuple[CartLine, ...], promotion: str | None, customer_id: str, order_id: str | None = None
    ) -> Merchandise:
        """What the lines cost this customer now, with the promotion if it applies; holds nothing.

        A promotion that this order holds already applies to it.
        """
        ...

    def release(self, order_id: str) -> None:
        """Gives an order's hold back; it cannot be held again."""
        ...


class Shipping(Protocol):
    """The shipping service."""

    def rates(self, country: str, postal_code: str, weight_grams: int) -> tuple[Offer, ...]:
        """The methods that take such a parcel there. Raises ServiceUnavailableError."""
        ...


class Labels(Protocol):
    """The shipping service, as far as the way back goes."""

    def make(self, one: Return) -> ReturnLabel:
        """The label of a return's parcel, the same each time. Raises ServiceUnavailableError, RefusedError."""
        ...


class AddressBook(Protocol):
    """The address books of customers, which auth keeps."""

    def find(self, customer_id: str, address_id: str) -> Address | None:
        """An address of this customer's. Raises ServiceUnavailableError."""
        ...


class Links(Protocol):
    """Links to an order, for whoever has them."""

    def mint(self, order_id: str, ends_at: datetime) -> str:
        """The secret of a link."""
        ...

    def read(self, token: str, now: datetime) -> str | None:
        """The order that a secret is for; None when it is for none, or no longer."""
        ...


class TaxTable(Protocol):
    """The shop's table of tax rates."""

    def find(self, country: str) -> CountryRates | None:
        """A country's rates; None when the table does not name it."""
        ...

    def all(self) -> list[tuple[str, CountryRates]]:
        """Every country that the table names, by its code."""
        ...

    def save(self, country: str, rates: CountryRates) -> None:
        """In place of what stands there."""
        ...


class Guests(Protocol):
    """Which customers guests have become, and who is forgotten."""

    def remember(self, guest_id: str, customer_id: str) -> None:
        """The first customer stays."""
        ...

    def successor_of(self, principal_id: str) -> Successor:
        """Whose their things are now."""
        ...

    def forget(self, customer_id: str, *, at: datetime) -> None:
        """What turns out to be this customer's from now on is nobody's."""
        ...


class RetryWindow(Protocol):
    """The time in which a shopper may try again after a decline."""

    def open(self, order: Order, at: datetime) -> None:
        """Sees to it that `close_retry_window` is called for this attempt when the time is over."""
        ...


@dataclass(frozen=True)
class Ports:
    """What every use case needs."""

    orders: Orders
    clock: Clock


@dataclass(frozen=True)
class CheckoutPorts(Ports):
    """What checkout needs. `tax_percent` is for countries that the shop's table does not name."""

    carts: Carts
    catalog: Catalog
    shipping: Shipping
    addresses: AddressBook
    currency: str
    tax_table: TaxTable
    tax_percent: str
    prices_include_tax: bool

    def taxes_in(self, country: str) -> Taxes:
        """What applies to an order that goes there."""
        return Taxes(self.tax_table.find(country) or CountryRates(self.tax_percent), self.prices_include_tax)


@dataclass(frozen=True)
class TaxPorts:
    """What editing the rates needs."""

    tax_table: TaxTable


@dataclass(frozen=True)
class LinkPorts(Ports):
    """What links need."""

    links: Links


@dataclass(frozen=True)
class ReturnPorts(Ports):
    """What asking for a return needs. `return_window`: how long after the delivery."""

    labels: Labels
    return_window: timedelta


@dataclass(frozen=True)
class ReactionPorts(Ports):
    """What the reactions to events need."""

    stock: Stock
    retry_window: RetryWindow
    guests: Guests


def known(order: Order | None) -> Order:
    """The order. Raises OrderNotFoundError when there is none."""
    if order is None:
        raise OrderNotFoundError("There is no such order.")
    return order


def invoiced(order: Order) -> Order:
    """The order. Raises NotInvoicedError when it has no invoice."""
    if order.invoice_number is None:
        raise NotInvoicedError("The invoice is there once the order is confirmed.")
    return order


def change(ports: Ports, load: Callable[[], Order], decide: Decision) -> Order:
    """Reads, decides and saves, again when somebody else saved in between. Returns the order as it is stored.

    An order that is finished by the change forgets its owner, if that was asked for.
    """
    for _ in range(ATTEMPTS):
        before = load()
        after, events = decide(before)
        if after is before:
            return before
        after = forgotten_if_due(after, SHOP, after.updated_at)
        try:
            return ports.orders.replace(before, after, events)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the order keeps changing")
