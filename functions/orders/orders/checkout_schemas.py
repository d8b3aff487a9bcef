"""HTTP models of the checkout: what is asked for, what it costs, how it is paid."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from minishop.schemas import AddressModel, AnswerModel, Email, MoneyAnswer, MoneyModel, RequestModel, Sku
from orders.domain import checkout
from orders.domain.order import Address

ProviderToken = Annotated[
    str,
    StringConstraints(max_length=255, pattern=r"^[0-9_-]*[A-Za-z][A-Za-z0-9_-]*$"),
    Field(
        description="What the payment provider calls a payment method. A card's number is refused: it has no letter."
    ),
]
"""What the payment provider calls a payment method; never a card's number, which must not get any further."""


class ShippingAddress(AddressModel):
    """Where an order goes."""

    def to_address(self) -> Address:
        """The value object."""
        return Address(**self.model_dump())


class _Destination(RequestModel):
    """Where it goes: an address, or one of the customer's address book."""

    shipping_address: ShippingAddress | None = None
    address_id: Annotated[Sku | None, Field(description="Of one's address book, instead of an address.")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.shipping_address is None) is (self.address_id is None):
            raise ValueError("Send either shipping_address or address_id")
        return self

    def to_destination(self) -> Address | str:
        """The value object, or the id."""
        return self.shipping_address.to_address() if self.shipping_address else str(self.address_id)


class QuoteRequest(_Destination):
    """What is to be known of a checkout beforehand. Without a method: the cheapest."""

    shipping_method: Sku | None = None


class PaymentMethodModel(RequestModel):
    """How it is paid: the payment provider's token."""

    token: ProviderToken


class PlaceOrderRequest(_Destination):
    """An order of what is in the cart. Guests leave an e-mail address."""

    shipping_method: Sku
    payment_method: PaymentMethodModel
    expected_total: Annotated[MoneyModel, Field(description="The total of the quote that was shown.")]
    email: Email | None = None


class PayAgainRequest(RequestModel):
    """Another way to pay."""

    payment_method: PaymentMethodModel


class TotalsAnswer(AnswerModel):
    """Sums of the lines and shipping. Where `tax_included`, all of them contain their tax; else only `total` does."""

    subtotal: MoneyAnswer
    discount: MoneyAnswer
    shipping: MoneyAnswer
    tax: MoneyAnswer
    total: MoneyAnswer
    tax_included: bool

    @classmethod
    def of(cls, totals: checkout.Totals) -> "TotalsAnswer":
        """From the value object."""
        return cls(
            subtotal=MoneyAnswer.of(totals.subtotal),
            discount=MoneyAnswer.of(totals.discount),
            shipping=MoneyAnswer.of(totals.shipping),
            tax=MoneyAnswer.of(totals.tax),
            total=MoneyAnswer.of(totals.total),
            tax_included=totals.tax_included,
        )


class DeliveryAnswer(AnswerModel):
    """When a parcel is expected."""

    earliest: Annotated[date, Field(serialization_alias="from")]
    latest: Annotated[date, Field(serialization_alias="to")]


class ShippingMethodAnswer(AnswerModel):
    """How an order travels."""

    id: str
    carrier: str
    service: str
    price: MoneyAnswer

    @classmethod
    def of(cls, method: checkout.ShippingMethod) -> "ShippingMethodAnswer":
        """From the value object."""
        return cls(id=method.id, carrier=method.carrier, service=method.service, price=MoneyAnswer.of(method.price))


class OfferAnswer(ShippingMethodAnswer):
    """A way to ship, and when the parcel would arrive."""

    delivery: DeliveryAnswer

    @classmethod
    def offered(cls, offer: checkout.Offer) -> "OfferAnswer":
        """From the value object."""
        method = offer.method
        return cls(
            id=method.id,
            carrier=method.carrier,
            service=method.service,
            price=MoneyAnswer.of(method.price),
            delivery=DeliveryAnswer(earliest=offer.earliest, latest=offer.latest),
        )


class ShortageAnswer(AnswerModel):
    """More is wanted of a SKU than can be bought."""

    sku: str
    wanted: int
    available: int


class PromotionAnswer(AnswerModel):
    """What became of the cart's code."""

    code: str
    applied: bool
    reason: Annotated[str | None, Field(description="Why it does not apply; null when it does.")]

    @classmethod
    def of(cls, promotion: checkout.Promotion) -> "PromotionAnswer":
        """From the value object."""
        return cls(code=promotion.code, applied=promotion.reason is None, reason=promotion.reason)


class QuoteAnswer(AnswerModel):
    """What an order would cost now. A promotion that does not apply takes nothing off."""

    totals: TotalsAnswer
    shipping_methods: list[OfferAnswer]
    shortages: list[ShortageAnswer]
    promotion: PromotionAnswer | None

    @classmethod
    def of(cls, quote: checkout.Quote) -> "QuoteAnswer":
        """From the value object."""
        return cls(
            totals=TotalsAnswer.of(quote.totals),
            shipping_methods=[OfferAnswer.offered(offer) for offer in quote.offers],
            shortages=[
                ShortageAnswer(sku=shortage.sku, wanted=shortage.wanted, available=shortage.available)
                for shortage in quote.shortages
            ],
            promotion=PromotionAnswer.of(quote.promotion) if quote.promotion else None,
        )
