"""Cart's HTTP models."""

from typing import Annotated

from pydantic import Field

from cart.domain import MAX_QUANTITY, Cart, NoticeCode, ShownCart, ShownLine
from minishop.money import zero
from minishop.schemas import AnswerModel, MoneyAnswer, RequestModel, Sku, Timestamp


class PutItemRequest(RequestModel):
    """How many of it. 0 takes it out."""

    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY)]


class NoticeAnswer(AnswerModel):
    """Something that the shopper should know of a line."""

    code: NoticeCode
    detail: str


class CartItemAnswer(AnswerModel):
    """A line, at the present price. `available` is as last told; 100 stands for 100 or more."""

    sku: str
    product_id: str
    title: str
    image: str
    unit_price: MoneyAnswer
    quantity: int
    line_total: MoneyAnswer
    available: int
    notices: list[NoticeAnswer]

    @classmethod
    def of(cls, line: ShownLine) -> "CartItemAnswer":
        """From a line."""
        return cls(
            sku=line.sku,
            product_id=line.product_id,
            title=line.title,
            image=line.image,
            unit_price=MoneyAnswer.of(line.unit_price),
            quantity=line.quantity,
            line_total=MoneyAnswer.of(line.line_total),
            available=line.available,
            notices=[NoticeAnswer(code=notice.code, detail=notice.detail) for notice in line.notices],
        )


class CartAnswer(AnswerModel):
    """A cart, its lines in the order in which they were added. `updated_at` is null while nothing was ever in it."""

    items: list[CartItemAnswer]
    promotion: str | None
    subtotal: MoneyAnswer
    discount: MoneyAnswer
    total: MoneyAnswer
    version: int
    updated_at: Timestamp | None

    @classmethod
    def of(cls, shown: ShownCart) -> "CartAnswer":
        """From a cart."""
        subtotal = MoneyAnswer.of(shown.subtotal)
        return cls(
            items=[CartItemAnswer.of(line) for line in shown.lines],
            promotion=None,
            subtotal=subtotal,
            discount=MoneyAnswer.of(zero(shown.currency)),
            total=subtotal,
            version=shown.cart.version,
            updated_at=shown.cart.updated_at,
        )


class ClaimRequest(RequestModel):
    """Which order claims the cart."""

    order_id: Sku


class QuantityAnswer(AnswerModel):
    """A quantity of one SKU."""

    sku: str
    quantity: int


class InternalCartAnswer(AnswerModel):
    """A cart for other services: what is in it, or what was when it was claimed."""

    owner: str
    version: int
    items: list[QuantityAnswer]
    promotion: str | None
    claimed_by: str | None

    @classmethod
    def of(cls, cart: Cart, quantities: dict[str, int], claimed_by: str | None) -> "InternalCartAnswer":
        """From a cart and the quantities that count."""
        return cls(
            owner=cart.owner,
            version=cart.version,
            items=[QuantityAnswer(sku=sku, quantity=quantity) for sku, quantity in sorted(quantities.items())],
            promotion=None,
            claimed_by=claimed_by,
        )
