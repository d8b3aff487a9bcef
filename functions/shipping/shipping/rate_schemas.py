"""Shipping's HTTP models of methods and their prices."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from minishop.schemas import NO_CONTROL, AnswerModel, CountryCode, MoneyAnswer, QueryInteger, QueryModel, RequestModel
from shipping.rates import Offers, Rate, Unserved

PostalCode = Annotated[str, StringConstraints(min_length=1, max_length=16, pattern=NO_CONTROL)]


class MethodsQuery(QueryModel):
    """Where to, and how heavy."""

    country: CountryCode
    postal_code: PostalCode | None = None
    weight_grams: Annotated[QueryInteger, Field(ge=1, le=10_000_000, description="Grams.")]


class RatesAddress(RequestModel):
    """As much of an address as a price depends on."""

    country: CountryCode
    postal_code: PostalCode


class RatesRequest(RequestModel):
    """A parcel to be priced."""

    address: RatesAddress
    weight_grams: Annotated[int, Field(ge=0, description="Grams.")]


class DeliveryAnswer(AnswerModel):
    """When a parcel is expected."""

    earliest: Annotated[date, Field(serialization_alias="from")]
    latest: Annotated[date, Field(serialization_alias="to")]


class MethodAnswer(AnswerModel):
    """A way to ship, with its price for the parcel that was asked about."""

    id: str
    carrier: str
    service: str
    price: MoneyAnswer
    delivery: DeliveryAnswer

    @classmethod
    def of(cls, rate: Rate) -> "MethodAnswer":
        """From a rate."""
        delivery = DeliveryAnswer(earliest=rate.delivery.earliest, latest=rate.delivery.latest)
        return cls(
            id=rate.id,
            carrier=rate.carrier,
            service=rate.service,
            price=MoneyAnswer.of(rate.price),
            delivery=delivery,
        )


class MethodsAnswer(AnswerModel):
    """Ways to ship, cheapest first. Without any, `unserved` says why: where to, or how heavy."""

    items: list[MethodAnswer]
    unserved: Unserved | None

    @classmethod
    def of(cls, offers: Offers) -> "MethodsAnswer":
        """From what is offered."""
        return cls(items=[MethodAnswer.of(rate) for rate in offers.rates], unserved=offers.unserved)


class RatesAnswer(AnswerModel):
    """Ways to ship, cheapest first, for orders; without any, `unserved` says why."""

    methods: list[MethodAnswer]
    unserved: Unserved | None

    @classmethod
    def of(cls, offers: Offers) -> "RatesAnswer":
        """From what is offered."""
        return cls(methods=[MethodAnswer.of(rate) for rate in offers.rates], unserved=offers.unserved)
