"""What a checkout costs, and placing orders, against fakes."""

from dataclasses import replace

import pytest

from minishop.contracts.orders import OrderPlaced, PaymentRequested
from minishop.errors import AlreadyExistsError, IdempotencyKeyReusedError
from minishop.internal import RefusedError, ServiceUnavailableError
from orders.domain.checkout import Cart, CartLine, Line, PricedLine, Promotion, Shortage, add_tax, sum_up
from orders.domain.errors import (
    CartEmptyError,
    CheckoutInProgressError,
    EmailRequiredError,
    InsufficientStockError,
    NotDeliverableError,
    PromotionNotApplicableError,
    ReservationReleasedError,
    SaveUnansweredError,
    TotalChangedError,
    UnknownAddressError,
    UnknownShippingMethodError,
)
from orders.domain.progress import PaymentStatus, Status
from orders.domain.taxes import CountryRates, Taxes
from orders.use_cases import reactions
from orders.use_cases.checkout import place_order, quote_checkout
from tests.helpers import customer, guest
from tests.unit.orders.fakes import ADA, ADDRESS, HOLD, ORIGIN, Shop, eur, wish


@pytest.fixture
def shop() -> Shop:
    return Shop()


def nothing_left_behind(shop: Shop) -> bool:
    return not shop.carts.claims and not shop.catalog.held and not shop.orders.stored


def test_tax_is_rounded_on_each_line_and_on_shipping() -> None:
    line = PricedLine(
        sku="A", product_id="p", title="A", quantity=1, unit_price=eur(1), discount=eur(0), weight_grams=1
    )
    lines = add_tax([line] * 3, Taxes(CountryRates("50")))
    totals = sum_up(lines, eur(3), Taxes(CountryRates("50")))
    assert [taxed.tax for taxed in lines] == [eur(1)] * 3  # half a cent each, away from zero
    assert totals.tax == eur(3 + 2)
    assert totals.total == eur(3 + 3 + 5)


def test_tax_is_on_what_is_left_after_the_discount() -> None:
    line = PricedLine(
        sku="A", product_id="p", title="A", quantity=3, unit_price=eur(1000), discount=eur(500), weight_grams=1
    )
    (taxed,) = add_tax([line], Taxes(CountryRates("20")))
    assert isinstance(taxed, Line)
    assert (taxed.line_total, taxed.tax) == (eur(2500), eur(500))
    totals = sum_up([taxed], eur(0), Taxes(CountryRates("20")))
    assert (totals.subtotal, totals.discount, totals.total) == (eur(3000), eur(500), eur(3000))


def test_a_quote_is_by_the_cheapest_method_unless_one_is_named(shop: Shop) -> None:
    quote = quote_checkout(shop.checkout, ADA, ADDRESS, None)
    assert quote.totals.shipping == eur(490)
    assert quote.totals.total == wish().expected_total
    assert [offer.method.id for offer in quote.offers] == ["express", "standard"]
    assert quote_checkout(shop.checkout, ADA, ADDRESS, "express").totals.shipping == eur(990)
    assert nothing_left_behind(shop)


def test_a_quote_says_what_is_short(shop: Shop) -> None:
    shop.catalog.stock["MUG"] = 1
    quote = quote_checkout(shop.checkout, ADA, ADDRESS, None)
    assert quote.shortages == (Shortage("MUG", 2, 1),)
    assert quote.totals.subtotal == eur(2598)


def test_a_quote_of_what_cannot_be_bought_costs_nothing(shop: Shop) -> None:
    del shop.catalog.prices["MUG"]
    shop.catalog.stock["MUG"] = 0
    quote = quote_checkout(shop.checkout, ADA, ADDRESS, None)
    assert (quote.totals.total, quote.offers) == (eur(0), ())
    assert quote.shortages == (Shortage("MUG", 2, 0),)


def test_a_quote_is_refused_for_an_empty_cart_and_for_what_nobody_ships(shop: Shop) -> None:
    with pytest.raises(CartEmptyError):
        quote_checkout(shop.checkout, "cus_else", ADDRESS, None)
    with pytest.raises(UnknownShippingMethodError) as unknown:
        quote_checkout(shop.checkout, ADA, ADDRESS, "pigeon")
    assert unknown.value.errors[0].pointer == "/shipping_method"
    shop.carts.carts[ADA] = Cart((CartLine("MUG", 99),))
    with pytest.raises(NotDeliverableError):
        quote_checkout(shop.checkout, ADA, ADDRESS, None)


def test_an_order_is_placed_at_the_expected_total(shop: Shop) -> None:
    order = place_order(shop.checkout, wish())
    assert (order.status, order.payment.status, order.version) == (Status.PLACED, PaymentStatus.PENDING, 1)
    assert order.totals.total == eur(3706)
    assert shop.catalog.held == [order.id]
    assert shop.carts.claims == {ADA: order.id}
    placed, requested = shop.orders.events
    assert isinstance(placed, OrderPlaced)
    assert isinstance(requested, PaymentRequested)
    assert placed.number == order.number
    assert (requested.amount, requested.payment_method, requested.attempt) == (eur(3706), "pm_card_visa", 1)
    assert requested.expires_at == shop.clock.now() + HOLD
    (entry,) = order.timeline
    assert (entry.kind, entry.actor, entry.correlation_id) == ("placed", "cus_ada", "correlation-1")


def test_the_number_is_short_and_the_same_for_the_same_order(shop: Shop) -> None:
    first = place_order(shop.checkout, wish())
    assert len(first.number) == 11
    assert first.number == replace(first, version=7).number
    shop.carts.claims.clear()
    assert place_order(shop.checkout, wish(key="key-2")).number != first.number


def test_the_same_key_again_gets_the_first_answer_and_does_nothing(shop: Shop) -> None:
    first = place_order(shop.checkout, wish())
    reactions.record_capture(shop.reactions, first.id, eur(3706), ORIGIN)
    shop.clock.pass_time(days=29)
    shop.carts.carts[ADA] = Cart((CartLine("TEA", 1),))
    shop.carts.claims.clear()
    again = place_order(shop.checkout, wish())
    assert replace(again, timeline=()) == replace(first, timeline=())
    assert shop.told.count("OrderPlaced") == 1
    assert not shop.carts.claims


def test_the_same_key_with_another_wish_is_refused(shop: Shop) -> None:
    place_order(shop.checkout, wish())
    with pytest.raises(IdempotencyKeyReusedError):
        place_order(shop.checkout, wish(fingerprint="fingerprint-2"))


def test_the_same_key_of_somebody_else_is_another_order(shop: Shop) -> None:
    shop.carts.carts["cus_eve"] = shop.carts.carts[ADA]
    assert place_order(shop.checkout, wish()).id != place_order(shop.checkout, wish(principal=customer("cus_eve"))).id


def test_a_guest_leaves_an_address(shop: Shop) -> None:
    shop.carts.carts["gst_1"] = shop.carts.carts[ADA]
    with pytest.raises(EmailRequiredError) as refused:
        place_order(shop.checkout, wish(principal=guest()))
    assert refused.value.errors[0].pointer == "/email"
    assert nothing_left_behind(shop)
    order = place_order(shop.checkout, wish(principal=guest(), email="ada@minishop.test"))
    assert (order.owner, order.email) == ("gst_1", "ada@minishop.test")


def test_another_total_is_refused_before_anything_is_held_and_the_key_can_be_used_again(shop: Shop) -> None:
    with pytest.raises(TotalChangedError) as refused:
        place_order(shop.checkout, wish(expected_total=eur(3000)))
    assert refused.value.extra == {"total": {"amount": 3706, "currency": "EUR"}}
    assert nothing_left_behind(shop)
    assert not shop.catalog.reservations
    assert place_order(shop.checkout, wish(fingerprint="fingerprint-2")).totals.total == eur(3706)


def test_another_currency_is_another_total(shop: Shop) -> None:
    with pytest.raises(TotalChangedError):
        place_order(shop.checkout, wish(expected_total=replace(eur(3706), currency="USD")))


def test_a_price_that_changes_between_quote_and_hold_is_refused_by_catalog(shop: Shop) -> None:
    shop.catalog.before_hold = lambda: shop.catalog.prices.update(MUG=1399)
    with pytest.raises(TotalChangedError):
        place_order(shop.checkout, wish())
    assert nothing_left_behind(shop)
    assert not shop.catalog.reservations


def test_what_is_short_is_refused_with_nothing_left_behind_and_the_key_can_be_used_again(shop: Shop) -> None:
    shop.catalog.stock["MUG"] = 1
    with pytest.raises(InsufficientStockError) as refused:
        place_order(shop.checkout, wish())
    assert refused.value.extra["shortages"][0]["sku"] == "MUG"
    assert nothing_left_behind(shop)
    shop.catalog.stock["MUG"] = 2
    assert place_order(shop.checkout, wish()).status is Status.PLACED


def test_what_can_no_longer_be_bought_is_short(shop: Shop) -> None:
    del shop.catalog.prices["MUG"]
    shop.catalog.stock["MUG"] = 0
    with pytest.raises(InsufficientStockError) as refused:
        place_order(shop.checkout, wish())
    assert refused.value.extra == {"shortages": [{"sku": "MUG", "wanted": 2, "available": 0}]}
    assert nothing_left_behind(shop)


def test_an_empty_cart_and_one_that_another_order_claims_are_refused(shop: Shop) -> None:
    with pytest.raises(CartEmptyError):
        place_order(shop.checkout, wish(principal=customer("cus_else")))
    first = place_order(shop.checkout, wish())
    with pytest.raises(CheckoutInProgressError):
        place_order(shop.checkout, wish(key="key-2"))
    assert shop.carts.claims == {ADA: first.id}


@pytest.mark.parametrize("method", ["pigeon", "standard"])
def test_what_nobody_ships_is_refused_before_anything_is_held(shop: Shop, method: str) -> None:
    if method == "standard":
        shop.carts.carts[ADA] = Cart((CartLine("MUG", 99),))
    with pytest.raises((UnknownShippingMethodError, NotDeliverableError)):
        place_order(shop.checkout, wish(shipping_method=method))
    assert nothing_left_behind(shop)
    assert not shop.catalog.reservations


@pytest.mark.parametrize("down", ["catalog", "shipping"])
def test_a_neighbour_that_is_down_before_the_hold_leaves_nothing_behind(shop: Shop, down: str) -> None:
    shop.catalog.price_down = down == "catalog"
    shop.shipping.down = down == "shipping"
    with pytest.raises(ServiceUnavailableError):
        place_order(shop.checkout, wish())
    assert nothing_left_behind(shop)
    shop.catalog.price_down = shop.shipping.down = False
    assert place_order(shop.checkout, wish()).status is Status.PLACED


def test_a_cart_service_that_is_down_is_told_as_such(shop: Shop) -> None:
    shop.carts.down = True
    with pytest.raises(ServiceUnavailableError):
        place_order(shop.checkout, wish())


def test_a_refusal_that_nobody_foresaw_gives_the_claim_back_too(shop: Shop) -> None:
    def refuse() -> None:
        raise RefusedError(403, {"code": "forbidden"})

    shop.catalog.before_hold = refuse
    with pytest.raises(RefusedError):
        place_order(shop.checkout, wish())
    assert nothing_left_behind(shop)


@pytest.mark.parametrize("made", [True, False])
def test_after_a_hold_without_an_answer_the_same_key_finishes(shop: Shop, made: bool) -> None:
    shop.catalog.stock["MUG"] = 2
    shop.catalog.hold_lost = made
    with pytest.raises(ServiceUnavailableError):
        place_order(shop.checkout, wish())
    assert not shop.carts.claims
    order = place_order(shop.checkout, wish())
    assert shop.catalog.held == [order.id]
    assert shop.catalog.stock["MUG"] == 0


@pytest.mark.parametrize("applied", [True, False])
def test_a_write_without_an_answer_is_read_back(shop: Shop, applied: bool) -> None:
    shop.orders.answer_lost = applied
    if applied:
        assert place_order(shop.checkout, wish()).version == 1
    else:
        with pytest.raises(SaveUnansweredError):
            place_order(shop.checkout, wish())
        assert shop.catalog.held == [wish().order_id]  # it may still be written: the same key finishes it
        assert place_order(shop.checkout, wish()).version == 1
    assert shop.told == ["OrderPlaced", "PaymentRequested"]


def test_of_two_same_wishes_at_once_one_is_written_and_both_get_it(shop: Shop) -> None:
    def rival() -> None:
        place_order(shop.checkout, wish())

    shop.orders.rival = rival
    order = place_order(shop.checkout, wish())
    assert order.version == 1
    assert shop.told == ["OrderPlaced", "PaymentRequested"]


def test_a_rival_with_the_same_key_that_got_through_turns_a_refusal_into_its_answer(shop: Shop) -> None:
    def rival() -> None:
        shop.catalog.before_hold = lambda: None
        order = place_order(shop.checkout, wish())
        shop.catalog.release(order.id)

    shop.catalog.before_hold = rival
    order = place_order(shop.checkout, wish())
    assert order.status is Status.PLACED
    assert shop.carts.claims == {ADA: order.id}


def test_a_key_that_is_taken_by_nobody_stays_an_error(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def insert(*_: object) -> None:
        raise AlreadyExistsError("impossible")

    monkeypatch.setattr(shop.orders, "insert", insert)
    with pytest.raises(AlreadyExistsError):
        place_order(shop.checkout, wish())


def test_what_a_crash_left_held_is_finished_at_its_frozen_prices(shop: Shop) -> None:
    shop.orders.answer_lost = False
    with pytest.raises(SaveUnansweredError):
        place_order(shop.checkout, wish())
    shop.clock.pass_time(minutes=20)
    shop.catalog.give_up(wish().order_id, "expired")
    order = place_order(shop.checkout, wish())
    assert order.hold_expires_at == shop.clock.now() + HOLD


@pytest.mark.parametrize("changed", ["price", "cart"])
def test_a_mismatch_with_what_an_earlier_try_holds_gives_hold_and_claim_back(shop: Shop, changed: str) -> None:
    shop.orders.answer_lost = False
    with pytest.raises(SaveUnansweredError):
        place_order(shop.checkout, wish())
    if changed == "price":
        shop.catalog.prices["MUG"] = 1000
        shop.carts.carts[ADA] = Cart((CartLine("MUG", 2),))
        command = wish(expected_total=eur(2000 + 490 + 400 + 98))
    else:
        shop.catalog.prices["TEA"] = 2598
        shop.carts.carts[ADA] = Cart((CartLine("TEA", 1),))
        command = wish()
    with pytest.raises(TotalChangedError):
        place_order(shop.checkout, command)
    assert nothing_left_behind(shop)
    with pytest.raises(ReservationReleasedError):
        place_order(shop.checkout, command)
    assert nothing_left_behind(shop)
    assert place_order(shop.checkout, replace(command, key="key-2")).status is Status.PLACED


def with_code(shop: Shop, refusal: str | None = None, *, free_shipping: bool = False) -> Shop:
    """Ada's cart has a code that takes 5.00 off, or pays for shipping; or that does not apply."""
    shop.carts.carts[ADA] = replace(shop.carts.carts[ADA], promotion="SUMMER")
    shop.catalog.refusal = refusal
    shop.catalog.free_shipping = free_shipping
    shop.catalog.discounts = {} if refusal or free_shipping else {"MUG": 500}
    return shop


DISCOUNTED = eur(2098 + 490 + 420 + 98)
SHIPPED_FREE = eur(2598 + 520)


def test_a_promotion_is_in_the_quote_and_in_the_order(shop: Shop) -> None:
    quote = quote_checkout(with_code(shop).checkout, ADA, ADDRESS, "standard")
    assert (quote.totals.total, quote.promotion) == (DISCOUNTED, Promotion("SUMMER", None))
    order = place_order(shop.checkout, wish(expected_total=DISCOUNTED))
    assert (order.totals, order.promotion) == (quote.totals, "SUMMER")


def test_free_shipping_is_free_by_every_method(shop: Shop) -> None:
    with_code(shop, free_shipping=True)
    quote = quote_checkout(shop.checkout, ADA, ADDRESS, None)
    assert [offer.method.price for offer in quote.offers] == [eur(0), eur(0)]
    assert (quote.totals.shipping, quote.totals.total) == (eur(0), SHIPPED_FREE)
    order = place_order(shop.checkout, wish(shipping_method="express", expected_total=SHIPPED_FREE))
    assert (order.totals, order.shipping_method.price) == (quote.totals, eur(0))


def test_a_promotion_that_ended_since_the_quote_is_refused_with_the_total_without_it(shop: Shop) -> None:
    with_code(shop, "ended")
    with pytest.raises(PromotionNotApplicableError) as refused:
        place_order(shop.checkout, wish(expected_total=DISCOUNTED))
    total = {"amount": 3706, "currency": "EUR"}
    assert refused.value.extra == {"promotion": "SUMMER", "reason": "ended", "total": total}
    assert nothing_left_behind(shop)
    assert not shop.catalog.reservations


def test_who_knows_that_the_promotion_is_over_orders_without_it(shop: Shop) -> None:
    quote = quote_checkout(with_code(shop, "ended").checkout, ADA, ADDRESS, "standard")
    assert quote.promotion == Promotion("SUMMER", "ended")
    order = place_order(shop.checkout, wish(expected_total=quote.totals.total))
    assert order.promotion is None


def test_a_price_that_changes_under_a_promotion_is_a_changed_total(shop: Shop) -> None:
    with pytest.raises(TotalChangedError):
        place_order(with_code(shop).checkout, wish(expected_total=eur(1)))


@pytest.mark.parametrize("free_shipping", [True, False])
def test_a_last_use_that_is_taken_between_quote_and_hold_is_refused_by_catalog(
    shop: Shop, *, free_shipping: bool
) -> None:
    with_code(shop, free_shipping=free_shipping)

    def use_up() -> None:
        with_code(shop, "used_up")

    shop.catalog.before_hold = use_up
    with pytest.raises(PromotionNotApplicableError):
        place_order(shop.checkout, wish(expected_total=SHIPPED_FREE if free_shipping else DISCOUNTED))
    assert nothing_left_behind(shop)


def test_what_a_crash_left_held_without_free_shipping_is_not_placed_with_it(shop: Shop) -> None:
    shop.catalog.hold(
        "ord_x", (CartLine("MUG", 2),), None, ADA, expected=shop.catalog.price((CartLine("MUG", 2),), None, ADA)
    )
    command = wish(expected_total=SHIPPED_FREE)
    shop.catalog.reservations[command.order_id] = shop.catalog.reservations.pop("ord_x")
    with pytest.raises(TotalChangedError):
        place_order(with_code(shop, free_shipping=True).checkout, command)
    assert nothing_left_behind(shop)


def test_an_address_of_one_s_address_book_is_frozen_in_the_order(shop: Shop) -> None:
    order = place_order(shop.checkout, wish(shipping_address="adr_home"))
    assert order.shipping_address == ADDRESS
    quote = quote_checkout(shop.checkout, ADA, "adr_home", None)
    assert quote.totals.total == wish().expected_total


def test_an_address_that_is_not_one_s_own_is_refused_before_anything_is_claimed(shop: Shop) -> None:
    with pytest.raises(UnknownAddressError):
        quote_checkout(shop.checkout, "cus_eve", "adr_home", None)
    with pytest.raises(UnknownAddressError) as refused:
        place_order(shop.checkout, wish(shipping_address="adr_never"))
    assert refused.value.errors[0].pointer == "/address_id"
    assert nothing_left_behind(shop)


def test_an_order_stands_by_its_key_when_the_address_is_gone(shop: Shop) -> None:
    order = place_order(shop.checkout, wish(shipping_address="adr_home"))
    shop.checkout.addresses.books.clear()  # type: ignore[attr-defined]
    assert place_order(shop.checkout, wish(shipping_address="adr_home")) == order


def test_an_order_remembers_the_language_that_it_was_placed_in(shop: Shop) -> None:
    assert place_order(shop.checkout, wish(locale="de-AT")).locale == "de-AT"
