"""Checkout: what an order would cost, and placing it.

An order's id is derived from who places it and their Idempotency-Key, and every step goes by that id, so that the same
request again finishes what a crash left:

    look for the order → claim the cart → price it → ask for the rate → compare the total → hold the stock → write

The total is compared before anything is held, and catalog holds only if its part of the total is still the same: a
refusal then leaves nothing behind but the claim, which is given back, and the same key can run again. Shortages of the
first pricing do not refuse: what is short may be held already, for this very order; nor does the end of a promotion
that this order holds. When catalog or the table does not answer, what may be held or written is left standing: the same
key finishes it, or the hold runs out.
"""

from contextlib import suppress
from dataclasses import dataclass

from minishop.errors import AlreadyExistsError, IdempotencyKeyReusedError, MinishopError
from minishop.identity import Principal, Role
from minishop.ids import derived_id
from minishop.money import Money, zero
from orders.domain import changes
from orders.domain.checkout import (
    Cart,
    Hold,
    Line,
    Merchandise,
    Offer,
    Quote,
    ShippingMethod,
    Totals,
    add_tax,
    choose,
    sum_up,
    weigh,
)
from orders.domain.errors import (
    CartEmptyError,
    EmailRequiredError,
    HeldTotalChangedError,
    InsufficientStockError,
    PromotionNotApplicableError,
    SaveUnansweredError,
    TotalChangedError,
    UnknownAddressError,
)
from orders.domain.order import Address, Order
from orders.domain.progress import Origin
from orders.domain.taxes import Taxes
from orders.use_cases.ports import CheckoutPorts


@dataclass(frozen=True, kw_only=True)
class PlaceOrder:
    """The wish to order what is in one's cart.

    Attributes:
        key: The Idempotency-Key; `fingerprint` is of the request that came with it.
        shipping_address: The address, or the id of one in the customer's address book.
        payment_method: The provider's token.
        expected_total: What the shopper was told that it costs.
        email: Where mails go; None for customers who did not say.
        locale: The language that the shopper's browser asks for, a BCP 47 tag, or empty.
    """

    principal: Principal
    key: str
    fingerprint: str
    shipping_address: Address | str
    shipping_method: str
    payment_method: str
    expected_total: Money
    email: str | None
    origin: Origin
    locale: str = ""

    @property
    def owner(self) -> str:
        """Whose cart it is, and whose order."""
        return self.principal.id

    @property
    def order_id(self) -> str:
        """The same for the same principal and key."""
        return derived_id("ord", self.owner, self.key)


@dataclass(frozen=True)
class _Priced:
    """A claimed cart with everything that its order costs; nothing is held yet. `method` is at its full price."""

    cart: Cart
    merchandise: Merchandise
    method: ShippingMethod
    taxes: Taxes


@dataclass(frozen=True)
class _Held:
    """What is left to write down."""

    cart: Cart
    hold: Hold
    lines: tuple[Line, ...]
    totals: Totals
    method: ShippingMethod


def quote_checkout(ports: CheckoutPorts, owner: str, address: Address | str, method: str | None) -> Quote:
    """What ordering the cart would cost now; without a method, by the cheapest. Holds nothing.

    Raises CartEmptyError, UnknownAddressError, UnknownShippingMethodError, NotDeliverableError.
    """
    place = _locate(ports, owner, address)
    taxes = ports.taxes_in(place.country)
    cart = ports.carts.view(owner)
    if not cart.lines:
        raise CartEmptyError("Put something into the cart first.")
    merchandise = ports.catalog.price(cart.lines, cart.promotion, owner)
    if not merchandise.lines:
        nothing = sum_up((), zero(ports.currency), taxes)
        return Quote(nothing, (), merchandise.shortages, merchandise.promotion)
    offers = _offers(ports, place, merchandise)
    if merchandise.free_shipping:
        offers = tuple(offer.free() for offer in offers)
    shipping = choose(offers, method).method.price
    totals = sum_up(add_tax(merchandise.lines, taxes), shipping, taxes)
    return Quote(totals, offers, merchandise.shortages, merchandise.promotion)


def place_order(ports: CheckoutPorts, command: PlaceOrder) -> Order:
    """Orders the cart; the same command again gets the first answer again.

    Raises EmailRequiredError, CartEmptyError, CheckoutInProgressError, InsufficientStockError, TotalChangedError,
    PromotionNotApplicableError, UnknownAddressError, UnknownShippingMethodError, NotDeliverableError,
    IdempotencyKeyReusedError, ServiceUnavailableError.
    """
    if command.email is None and not command.principal.is_any(Role.CUSTOMER):
        raise EmailRequiredError
    stored = ports.orders.find(command.order_id)
    if stored:
        return _first_answer(stored, command)
    place = _locate(ports, command.owner, command.shipping_address)
    try:
        held = _hold(ports, command, _price(ports, command, place))
    except MinishopError as refusal:
        stored = ports.orders.find(command.order_id)  # the same request at the same time may have got through
        if stored:
            return _first_answer(stored, command)
        _give_back(ports, command, hold=isinstance(refusal, HeldTotalChangedError))
        raise
    return _write(ports, command, held, place)


def _first_answer(stored: Order, command: PlaceOrder) -> Order:
    if stored.fingerprint != command.fingerprint:
        raise IdempotencyKeyReusedError("This Idempotency-Key stands for another order; send a fresh one.")
    return stored.as_placed()


def _locate(ports: CheckoutPorts, owner: str, address: Address | str) -> Address:
    """The address itself. Raises UnknownAddressError for an id that is not in the owner's address book."""
    if isinstance(address, Address):
        return address
    found = ports.addresses.find(owner, address)
    if found is None:
        raise UnknownAddressError
    return found


def _offers(ports: CheckoutPorts, address: Address, merchandise: Merchandise) -> tuple[Offer, ...]:
    return ports.shipping.rates(address.country, address.postal_code, weigh(merchandise.lines))


def _price(ports: CheckoutPorts, command: PlaceOrder, place: Address) -> _Priced:
    """Claims the cart and holds its total against what the shopper expects."""
    cart = ports.carts.claim(command.owner, command.order_id)
    merchandise = ports.catalog.price(cart.lines, cart.promotion, command.owner, command.order_id)
    if {line.sku for line in merchandise.lines} != {line.sku for line in cart.lines}:
        raise InsufficientStockError(
            "Something in the cart can no longer be bought.", extra={"shortages": _shortages(merchandise)}
        )
    method = choose(_offers(ports, place, merchandise), command.shipping_method).method
    shipping = method.free() if merchandise.free_shipping else method
    taxes = ports.taxes_in(place.country)
    totals = sum_up(add_tax(merchandise.lines, taxes), shipping.price, taxes)
    if totals.total != command.expected_total:
        raise _unexpected(merchandise, totals)
    return _Priced(cart, merchandise, method, taxes)


def _hold(ports: CheckoutPorts, command: PlaceOrder, priced: _Priced) -> _Held:
    """Holds the stock, and makes sure that what is held is what was claimed, at the total that is expected.

    It can differ when an earlier try held something else and got no further: prices are frozen at the first hold.
    """
    cart, merchandise = priced.cart, priced.merchandise
    hold = ports.catalog.hold(
        command.order_id,
        cart.lines,
        cart.promotion,
        command.owner,
        expected=merchandise,
    )
    lines = add_tax(hold.lines, priced.taxes)
    method = priced.method.free() if hold.free_shipping else priced.method
    totals = sum_up(lines, method.price, priced.taxes)
    wanted = sorted((line.sku, line.quantity) for line in cart.lines)
    if totals.total != command.expected_total or wanted != sorted((line.sku, line.quantity) for line in lines):
        raise _changed(HeldTotalChangedError, totals)
    return _Held(cart, hold, lines, totals, method)


def _write(ports: CheckoutPorts, command: PlaceOrder, held: _Held, place: Address) -> Order:
    """Writes the order. When somebody was quicker, or the answer got lost, what stands there counts."""
    now = ports.clock.now()
    draft = Order(
        id=command.order_id,
        owner=command.owner,
        email=command.email,
        locale=command.locale,
        lines=held.lines,
        totals=held.totals,
        shipping_address=place,
        shipping_method=held.method,
        promotion=held.hold.promotion,
        fingerprint=command.fingerprint,
        hold_expires_at=held.hold.expires_at,
        placed_at=now,
        updated_at=now,
    )
    order, events = changes.place(draft, command.payment_method, command.origin)
    try:
        return ports.orders.insert(order, events)
    except (AlreadyExistsError, SaveUnansweredError):
        stored = ports.orders.find(command.order_id)
        if stored is None:
            raise
        return _first_answer(stored, command)


def _give_back(ports: CheckoutPorts, command: PlaceOrder, *, hold: bool) -> None:
    """Gives back what a refused attempt took, as far as possible: both run out by themselves."""
    with suppress(MinishopError):
        ports.carts.release(command.owner, command.order_id)
    if hold:
        with suppress(MinishopError):
            ports.catalog.release(command.order_id)


def _shortages(merchandise: Merchandise) -> list[dict[str, object]]:
    return [
        {"sku": shortage.sku, "wanted": shortage.wanted, "available": shortage.available}
        for shortage in merchandise.shortages
    ]


def _unexpected(merchandise: Merchandise, totals: Totals) -> TotalChangedError | PromotionNotApplicableError:
    """Why the total is not the one that the shopper was told: the promotion is over, or something else."""
    promotion = merchandise.promotion
    if promotion is None or promotion.reason is None:
        return _changed(TotalChangedError, totals)
    total = {"amount": totals.total.amount, "currency": totals.total.currency}
    extra = {"promotion": promotion.code, "reason": promotion.reason, "total": total}
    return PromotionNotApplicableError("Take the code out of the cart, or order without it.", extra=extra)


def _changed(kind: type[TotalChangedError], totals: Totals) -> TotalChangedError:
    told = {"amount": totals.total.amount, "currency": totals.total.currency}
    return kind("Ask for a quote and confirm its total.", extra={"total": told})
