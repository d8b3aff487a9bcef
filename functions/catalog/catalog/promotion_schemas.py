"""The HTTP models of promotions."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from catalog.domain.promotions import Kind, Promotion, canonical
from minishop.schemas import MAX_AMOUNT, AnswerModel, MoneyAnswer, MoneyModel, RequestModel, Timestamp

MAX_LIMIT = 1_000_000_000


def _in_utc(moment: datetime) -> datetime:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the years 1 to 9999") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""RFC 3339 with an offset; kept to the millisecond."""

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._-]{3,40}$"),
    AfterValidator(canonical),
]
"""What people type to use a promotion; capitals or not is all the same."""

Value = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="Percent, or minor units; 0 for free shipping.")]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]


class CreatePromotionRequest(RequestModel):
    """A promotion to create. `currency` is needed for a fixed amount only, and is the shop's."""

    code: Code
    kind: Kind
    value: Value = 0
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    minimum: MoneyModel | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    limit_total: Limit | None = None
    limit_per_customer: Limit | None = None

    def to_promotion(self, currency: str, at: datetime) -> Promotion:
        """As much of a promotion as was sent."""
        return Promotion(
            code=self.code,
            kind=self.kind,
            value=self.value,
            currency=self.currency or currency,
            minimum=self.minimum.to_money() if self.minimum else None,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            limit_total=self.limit_total,
            limit_per_customer=self.limit_per_customer,
            created_at=at,
            updated_at=at,
        )


class ChangePromotionRequest(RequestModel):
    """What of a promotion is to be different; what is not sent stays as it is, and null takes a bound away."""

    value: Annotated[Value, Field(default=0)]
    minimum: MoneyModel | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    limit_total: Limit | None = None
    limit_per_customer: Limit | None = None

    def edit(self, promotion: Promotion) -> Promotion:
        """The promotion with the fields that were sent."""
        changes: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if self.minimum is not None:
            changes["minimum"] = self.minimum.to_money()
        return replace(promotion, **changes)


class PromotionAnswer(AnswerModel):
    """A promotion."""

    code: str
    kind: Kind
    value: int
    currency: str
    minimum: MoneyAnswer | None
    starts_at: Timestamp | None
    ends_at: Timestamp | None
    limit_total: int | None
    limit_per_customer: int | None
    redeemed: Annotated[
        int | None, Field(description="Orders that hold or used it; null without a limit in total: nobody counts.")
    ]
    version: int
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, promotion: Promotion, redeemed: int | None) -> "PromotionAnswer":
        """From a promotion and how many orders use it."""
        return cls(
            code=promotion.code,
            kind=promotion.kind,
            value=promotion.value,
            currency=promotion.currency,
            minimum=MoneyAnswer.of(promotion.minimum) if promotion.minimum else None,
            starts_at=promotion.starts_at,
            ends_at=promotion.ends_at,
            limit_total=promotion.limit_total,
            limit_per_customer=promotion.limit_per_customer,
            redeemed=redeemed,
            version=promotion.version,
            created_at=promotion.created_at,
            updated_at=promotion.updated_at,
        )
