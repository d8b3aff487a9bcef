"""Carts, for their owners: shown, filled, emptied, merged."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cart.domain import carts, promotions, showing
from cart.domain.carts import Cart, Line
from cart.domain.showing import Facts, ShownCart
from cart.use_cases.ports import ATTEMPTS, Ports, find_cart
from minishop.errors import ConcurrentUpdateError

NOTHING: Mapping[str, Facts] = {}


def _show(ports: Ports, cart: Cart, known: Mapping[str, Facts] = NOTHING) -> ShownCart:
    unknown = [sku for sku in cart.lines if sku not in known]
    facts = {**known, **(ports.facts.find_many(unknown) if unknown else {})}
    promotion = ports.facts.promotion(cart.promotion) if cart.promotion is not None else None
    return showing.show(cart, facts, promotion, currency=ports.currency, at=ports.clock.now())


def _remembered(ports: Ports, cart: Cart, known: Mapping[str, Facts] = NOTHING) -> ShownCart:
    ports.cache.put(cart)
    return _show(ports, cart, known)


def get_cart(ports: Ports, owner: str) -> ShownCart:
    """The owner's cart, empty when there is none."""
    cached = ports.cache.get(owner)
    if cached is not None:
        return _show(ports, carts.as_of(cached, ports.clock.now()))
    return _remembered(ports, find_cart(ports, owner))


def _put(
    ports: Ports,
    owner: str,
    put: Callable[[], Cart],
    begin: Callable[[Cart], Cart],
    known: Mapping[str, Facts] = NOTHING,
) -> ShownCart:
    """Puts something into the cart that is there; else begins one with it. `known`: facts that need no second look.

    That nothing was put most often means that there is no cart, so one is begun without looking first.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _remembered(ports, put(), known)
        except ConcurrentUpdateError:
            cart = find_cart(ports, owner) if attempt else Cart(owner=owner)
        first = begin(cart)
        if cart.updated_at is not None:
            continue
        try:
            return _remembered(ports, ports.carts.save(first), known)
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the cart keeps coming and going")


def put_item(ports: Ports, owner: str, sku: str, quantity: int) -> ShownCart:
    """Sets the quantity of a SKU; 0 takes it out. Raises UnknownSkuError, CartFullError."""
    if quantity == 0:
        return remove_item(ports, owner, sku)
    known = ports.facts.find_many([sku])
    price = showing.price_on_sale(known.get(sku))
    now = ports.clock.now()
    line = Line(quantity=quantity, price=price, added_at=now, put_at=now)

    def begin(cart: Cart) -> Cart:
        carts.refuse_line(cart, sku)
        return replace(cart, lines={sku: line}, updated_at=now)

    return _put(ports, owner, lambda: ports.carts.put_line(owner, sku, line), begin, known)


def put_promotion(ports: Ports, owner: str, code: str) -> ShownCart:
    """Sets the cart's code, if its promotion applies. Raises UnknownPromotionError, PromotionNotApplicableError."""
    code, now = promotions.canonical(code), ports.clock.now()
    shown = _show(ports, find_cart(ports, owner))
    promotions.accept(ports.facts.promotion(code), shown.subtotal, now)
    return _put(
        ports,
        owner,
        lambda: ports.carts.put_promotion(owner, code, now),
        lambda cart: replace(cart, promotion=code, updated_at=now),
    )


def remove_promotion(ports: Ports, owner: str) -> ShownCart:
    """Takes the code out. None is out already."""
    try:
        return _remembered(ports, ports.carts.put_promotion(owner, None, ports.clock.now()))
    except ConcurrentUpdateError:
        return _remembered(ports, find_cart(ports, owner))


def remove_item(ports: Ports, owner: str, sku: str) -> ShownCart:
    """Takes a SKU out. One that is not there is out already."""
    try:
        return _remembered(ports, ports.carts.remove_line(owner, sku, ports.clock.now()))
    except ConcurrentUpdateError:
        return _remembered(ports, find_cart(ports, owner))


def clear_cart(ports: Ports, owner: str) -> ShownCart:
    """Takes everything out, the code too. A claim stays what it is."""
    for _ in range(ATTEMPTS):
        cart = find_cart(ports, owner)
        if not cart.lines and cart.promotion is None:
            return _remembered(ports, cart)
        try:
            return _remembered(ports, ports.carts.save(carts.clear(cart, ports.clock.now())))
        except ConcurrentUpdateError:
            continue
    raise ConcurrentUpdateError("the cart keeps changing")


def merge_carts(ports: Ports, customer_id: str, guest_id: str | None) -> ShownCart:
    """Makes what is in a guest's cart part of the customer's, once; the customer's cart. Raises CartFullError."""
    for _ in range(ATTEMPTS):
        customer = find_cart(ports, customer_id)
        guest = find_cart(ports, guest_id) if guest_id else None
        if guest is None or not guest.lines:
            return _remembered(ports, customer)
        emptied, merged, events = carts.merge(guest, customer, ports.clock.now())
        try:
            emptied, merged = ports.carts.merge(emptied, merged, events)
        except ConcurrentUpdateError:
            continue
        ports.cache.put(emptied)
        return _remembered(ports, merged)
    raise ConcurrentUpdateError("the carts keep changing")


def forget_cart(ports: Ports, owner: str) -> None:
    """Nothing is kept of what somebody who is forgotten meant to buy."""
    ports.carts.delete(owner)
