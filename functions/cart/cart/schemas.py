"""Cart's HTTP models."""

from typing import Annotated

from pydantic import Field, StringConstraints

from cart.domain.carts import MAX_QUANTITY, Cart
from cart.domain.showing import Notice, NoticeCode, ShownCart, ShownLine
from minishop.schemas import NO_CONTROL, AnswerModel, MoneyAnswer, RequestModel, Sku, Timestamp


class PutItemRequest(RequestModel):
    """How many of it. 0 takes it out."""

    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY)]


class PutPromotionRequest(RequestModel):
    """A promotion's code, in capitals or not."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_CONTROL)]


class NoticeAnswer(AnswerModel):
    """Something that the shopper should know of a line, or of the cart."""

    code: NoticeCode
    detail: str


def _notices(notices: tuple[Notice, ...]) -> list[NoticeAnswer]:
    return [NoticeAnswer(code=notice.code, detail=notice.detail) for notice in notices]


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
            notices=_notices(line.notices),
        )


class CartAnswer(AnswerModel):
    """A cart, its lines in the order in which they were added. `updated_at` is null while nothing was ever in it.

    `discount` is what the promotion takes off as last told; a notice says so when it does not apply.
    """

    items: list[CartItemAnswer]
    promotion: str | None
    subtotal: MoneyAnswer
    discount: MoneyAnswer
    free_shipping: bool
    total: MoneyAnswer
    notices: list[NoticeAnswer]
    version: int
    updated_at: Timestamp | None

    @classmethod
    def of(cls, shown: ShownCart) -> "CartAnswer":
        """From a cart."""
        return cls(
            items=[CartItemAnswer.of(line) for line in shown.lines],
            promotion=shown.cart.promotion,
            subtotal=MoneyAnswer.of(shown.subtotal),
            discount=MoneyAnswer.of(shown.discount),
            free_shipping=shown.free_shipping,
            total=MoneyAnswer.of(shown.total),
            notices=_notices(shown.notices),
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
    def of(
        cls, cart: Cart, quantities: dict[str, int], promotion: str | None, claimed_by: str | None
    ) -> "InternalCartAnswer":
        """From a cart, and the quantities and the code that count."""
        return cls(
            owner=cart.owner,
            version=cart.version,
            items=[QuantityAnswer(sku=sku, quantity=quantity) for sku, quantity in sorted(quantities.items())],
            promotion=promotion,
            claimed_by=claimed_by,
        )
