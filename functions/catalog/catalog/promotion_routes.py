"""The routes of promotions. Part of the HTTP door."""

from catalog.domain.promotions import CodeTakenError, InvalidPromotionError, PromotionNotFoundError
from catalog.promotion_schemas import ChangePromotionRequest, CreatePromotionRequest, PromotionAnswer
from catalog.use_cases import promotions
from catalog.use_cases.promotions import CountedPromotion
from catalog.wiring import ports
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import StaleVersionError
from minishop.http import Api, Reply, Request
from minishop.identity import Role
from minishop.schemas import Page, PageQuery

ADMINS = frozenset({Role.ADMIN})

promotion = Api("catalog")


@promotion.get("/v1/admin/promotions", who=ADMINS, errors=[InvalidCursorError])
def list_promotions(request: Request, query: PageQuery) -> Page[PromotionAnswer]:
    """Lists promotions, newest first."""
    scope = ("promotions", request.principal.id)
    found, position = promotions.list_promotions(ports(), query.limit, decode_cursor(query.cursor, *scope))
    return Page(items=[_answer(counted) for counted in found], next_cursor=encode_cursor(position, *scope))


@promotion.post("/v1/admin/promotions", who=ADMINS, status=201, errors=[InvalidPromotionError, CodeTakenError])
def post_promotion(body: CreatePromotionRequest) -> Reply[PromotionAnswer]:
    """Creates a promotion. Its code and kind stay as they are; all else can be changed."""
    shop = ports()
    created = promotions.create_promotion(shop, body.to_promotion(shop.currency, shop.clock.now()))
    return _versioned(created, location=True)


@promotion.get("/v1/admin/promotions/{code}", who=ADMINS, errors=[PromotionNotFoundError])
def get_promotion(code: str) -> Reply[PromotionAnswer]:
    """Shows a promotion, and how many orders use it."""
    return _versioned(promotions.get_promotion(ports(), code))


@promotion.patch(
    "/v1/admin/promotions/{code}",
    who=ADMINS,
    if_match=True,
    errors=[PromotionNotFoundError, StaleVersionError, InvalidPromotionError],
)
def patch_promotion(request: Request, code: str, body: ChangePromotionRequest) -> Reply[PromotionAnswer]:
    """Changes a promotion, if it still is what If-Match says. It ends at once with `ends_at` in the past."""
    return _versioned(promotions.change_promotion(ports(), code, body.edit, expected=request.expected_version))


def _answer(counted: CountedPromotion) -> PromotionAnswer:
    return PromotionAnswer.of(counted.promotion, counted.redeemed)


def _versioned(counted: CountedPromotion, *, location: bool = False) -> Reply[PromotionAnswer]:
    answer = _answer(counted)
    headers = {"Location": f"/v1/admin/promotions/{answer.code}"} if location else {}
    return Reply(answer, headers=headers, version=answer.version)
