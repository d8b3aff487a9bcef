"""The catalogue's HTTP door."""

import hashlib
from typing import TypeVar

from catalog.category_schemas import CategoriesAnswer, CategoryAnswer, ChangeCategoriesRequest, TreeAnswer
from catalog.domain.categories import InvalidCategoriesError
from catalog.domain.exports import ExportNotFoundError
from catalog.domain.images import ImageNotFoundError, TooManyImagesError
from catalog.domain.imports import ImportNotFoundError
from catalog.domain.products import (
    InvalidProductError,
    ProductNotFoundError,
    SkuTakenError,
    SlugTakenError,
    StatusNotPossibleError,
    words,
)
from catalog.domain.stock import InsufficientStockError, UnknownSkuError
from catalog.export_schemas import ExportAnswer
from catalog.image_schemas import AskForImageRequest, ImageAnswer
from catalog.import_schemas import ImportProgressAnswer, LineResultAnswer, NewImportAnswer, UploadAnswer
from catalog.promotion_routes import promotion
from catalog.schemas import (
    AdminProductsQuery,
    ChangeProductRequest,
    CreateProductRequest,
    FacetsAnswer,
    ProductAnswer,
    ProductsAnswer,
    ProductsQuery,
)
from catalog.stock_schemas import (
    AdjustmentAnswer,
    AdjustStockRequest,
    BucketsAnswer,
    MovementAnswer,
    SetBucketsRequest,
    StockAnswer,
)
from catalog.use_cases import buckets, categories, exports, images, imports, levels, products
from catalog.wiring import export_ports, image_ports, import_ports, ports
from minishop.cursors import InvalidCursorError, decode_cursor, encode_cursor
from minishop.errors import StaleVersionError
from minishop.http import Api, Reply, Request
from minishop.identity import Role
from minishop.schemas import AnswerModel, HealthAnswer, Page, PageQuery

ADMINS = frozenset({Role.ADMIN})
WAREHOUSE = frozenset({Role.WAREHOUSE, Role.ADMIN})
MAX_WORDS = 12  # of a question; further ones narrow it no more
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "public, max-age=15"}
AnswerT = TypeVar("AnswerT", bound=AnswerModel)

api = Api("catalog")


def _public(answer: AnswerT) -> Reply[AnswerT]:
    """An answer that may be kept for a moment. Its ETag is made of all that it says, stock included."""
    digest = hashlib.sha256(answer.model_dump_json().encode()).digest()
    return Reply(answer, headers=FRESH, version=int.from_bytes(digest[:7], "big"))


@api.get("/v1/catalog/health")
def get_health() -> HealthAnswer:
    """Says that the service answers."""
    return HealthAnswer(status="ok", service="catalog")


@api.get("/v1/products", errors=[InvalidCursorError])
def list_products(query: ProductsQuery) -> Reply[ProductsAnswer]:
    """Finds published products; those of a category and of all that are part of it."""
    asked = words(query.q or "")[:MAX_WORDS]
    if query.q is not None and not asked:
        return _public(ProductsAnswer(items=[], facets=FacetsAnswer(categories=[], prices=[])))
    filters = (query.category, query.min_price, query.max_price, query.in_stock, query.sort or "")
    scope = ("products", *asked, *(str(value) for value in filters))
    page = products.search_products(
        ports(),
        query.to_query(asked, categories.within(ports(), query.category) if query.category else ()),
        in_stock=query.in_stock,
        limit=query.limit,
        position=decode_cursor(query.cursor, *scope),
    )
    items = [ProductAnswer.of(stocked) for stocked in page.products]
    cursor = encode_cursor(page.position, *scope)
    return _public(ProductsAnswer(items=items, next_cursor=cursor, facets=FacetsAnswer.of(page.facets)))


@api.get("/v1/products/{id}", errors=[ProductNotFoundError])
def get_product(id: str) -> Reply[ProductAnswer]:
    """Shows a published product, by id or slug."""
    return _public(ProductAnswer.of(products.get_published(ports(), id)))


@api.get("/v1/categories")
def list_categories() -> Reply[CategoriesAnswer]:
    """Shows the tree of categories that have published products."""
    nodes = categories.list_categories(ports())
    return _public(CategoriesAnswer(items=[CategoryAnswer.of(node) for node in nodes]))


@api.get("/v1/admin/categories", who=ADMINS)
def get_tree() -> Reply[TreeAnswer]:
    """Shows all categories, with products or without, as they are edited."""
    tree = categories.get_tree(ports())
    return Reply(TreeAnswer.of(tree), version=tree.version)


@api.put("/v1/admin/categories", who=ADMINS, if_match=True, errors=[StaleVersionError, InvalidCategoriesError])
def put_tree(request: Request, body: ChangeCategoriesRequest) -> Reply[TreeAnswer]:
    """Replaces the tree of categories, if it still is what If-Match says."""
    tree = categories.change_tree(ports(), body.to_categories(), expected=request.expected_version)
    return Reply(TreeAnswer.of(tree), version=tree.version)


@api.get("/v1/admin/products", who=ADMINS, errors=[InvalidCursorError])
def list_all_products(request: Request, query: AdminProductsQuery) -> Page[ProductAnswer]:
    """Lists products in any state, newest first."""
    scope = ("admin products", request.principal.id, query.status or "")
    found, position = products.list_products(ports(), query.status, query.limit, decode_cursor(query.cursor, *scope))
    return Page(items=[ProductAnswer.of(stocked) for stocked in found], next_cursor=encode_cursor(position, *scope))


@api.post(
    "/v1/admin/products",
    who=ADMINS,
    status=201,
    errors=[InvalidProductError, StatusNotPossibleError, SlugTakenError, SkuTakenError],
)
def post_product(body: CreateProductRequest) -> Reply[ProductAnswer]:
    """Creates a product, as draft or published. Its stock is 0 until it is adjusted."""
    created = products.create_product(ports(), body.to_product(ports().clock.now()))
    return _versioned(created, location=True)


@api.get("/v1/admin/products/{id}", who=ADMINS, errors=[ProductNotFoundError])
def get_any_product(id: str) -> Reply[ProductAnswer]:
    """Shows a product in any state, by id."""
    return _versioned(products.get_product(ports(), id))


@api.patch(
    "/v1/admin/products/{id}",
    who=ADMINS,
    if_match=True,
    errors=[
        ProductNotFoundError,
        StaleVersionError,
        InvalidProductError,
        StatusNotPossibleError,
        SkuTakenError,
    ],
)
def patch_product(request: Request, id: str, body: ChangeProductRequest) -> Reply[ProductAnswer]:
    """Changes a product, if it still is what If-Match says."""
    expected = request.expected_version
    return _versioned(products.change_product(ports(), id, body.to_changes(), expected=expected))


@api.delete("/v1/admin/products/{id}", who=ADMINS, status=204, errors=[ProductNotFoundError])
def delete_product(id: str) -> None:
    """Archives a product: it is no longer seen or sold, and can be published again."""
    products.archive_product(ports(), id)


@api.post(
    "/v1/admin/products/{id}/images",
    who=ADMINS,
    status=201,
    errors=[ProductNotFoundError, TooManyImagesError],
)
def post_image(request: Request, id: str, body: AskForImageRequest) -> ImageAnswer:
    """Says where a picture of a product goes. It is shown within a minute of being there."""
    image, form, url = images.ask_for_image(
        image_ports(), id, body.content_type, actor=request.principal.id, correlation_id=request.id
    )
    return ImageAnswer(id=image.id, url=url, upload=UploadAnswer.of(form))


@api.get("/v1/images/{id}", errors=[ImageNotFoundError], produces="image/*")
def get_image(id: str) -> Reply[bytes]:
    """Shows a picture. It never changes; another one has another address."""
    picture = images.read_image(image_ports(), id)
    return Reply(picture.content, headers=FOR_GOOD, content_type=picture.content_type)


@api.get("/v1/admin/stock/{sku}", who=WAREHOUSE, errors=[UnknownSkuError, InvalidCursorError])
def get_stock(request: Request, sku: str, query: PageQuery) -> StockAnswer:
    """Shows a SKU's level, and its ledger, newest first."""
    scope = ("stock", request.principal.id, sku)
    level, entries, position = levels.get_level(ports(), sku, query.limit, decode_cursor(query.cursor, *scope))
    ledger = Page(
        items=[MovementAnswer.of(movement) for movement in entries],
        next_cursor=encode_cursor(position, *scope),
    )
    return StockAnswer.of(level, ledger)


@api.post(
    "/v1/admin/stock/{sku}/adjustments",
    who=WAREHOUSE,
    status=201,
    idempotent=True,
    errors=[UnknownSkuError, InsufficientStockError],
)
def post_adjustment(request: Request, sku: str, body: AdjustStockRequest) -> AdjustmentAnswer:
    """Takes stock in, or out. Not below zero."""
    adjustment = levels.adjust_stock(
        ports(),
        sku,
        body.delta,
        body.reason,
        actor=request.principal.id,
        key=request.idempotency_key,
        fingerprint=request.fingerprint,
    )
    return AdjustmentAnswer.of(adjustment)


@api.put("/v1/admin/stock/{sku}/buckets", who=WAREHOUSE, errors=[UnknownSkuError])
def put_buckets(sku: str, body: SetBucketsRequest) -> BucketsAnswer:
    """Has a SKU that sells fast sold from so many buckets; sales go on meanwhile."""
    return BucketsAnswer.of(buckets.set_buckets(ports(), sku, body.count))


@api.post("/v1/admin/imports", who=ADMINS, status=201)
def post_import(request: Request) -> Reply[NewImportAnswer]:
    """Begins an import: says where its file goes. It is worked off within minutes of being there."""
    job, form = imports.create_import(import_ports(), actor=request.principal.id, correlation_id=request.id)
    answer = NewImportAnswer.of(job, upload=UploadAnswer.of(form))
    return Reply(answer, headers={"Location": f"/v1/admin/imports/{job.id}"})


@api.get("/v1/admin/imports/{id}", who=ADMINS, errors=[ImportNotFoundError, InvalidCursorError])
def get_import(request: Request, id: str, query: PageQuery) -> ImportProgressAnswer:
    """Shows how far an import is, and what came of each line."""
    scope = ("import", request.principal.id, id)
    position = decode_cursor(query.cursor, *scope)
    job, results, following = imports.get_import(import_ports(), id, query.limit, position)
    page = Page(items=[LineResultAnswer.of(each) for each in results], next_cursor=encode_cursor(following, *scope))
    return ImportProgressAnswer.of(job, results=page)


@api.post("/v1/admin/exports", who=ADMINS, status=201)
def post_export(request: Request) -> Reply[ExportAnswer]:
    """Asks for an export of all products. It is written within minutes."""
    job = exports.create_export(export_ports(), actor=request.principal.id, correlation_id=request.id)
    return Reply(ExportAnswer.of(job), headers={"Location": f"/v1/admin/exports/{job.id}"})


@api.get("/v1/admin/exports/{id}", who=ADMINS, errors=[ExportNotFoundError])
def get_export(id: str) -> ExportAnswer:
    """Shows an export, with its download once it is written."""
    return ExportAnswer.of(*exports.get_export(export_ports(), id))


def _versioned(stocked: products.StockedProduct, *, location: bool = False) -> Reply[ProductAnswer]:
    answer = ProductAnswer.of(stocked)
    headers = {"Location": f"/v1/admin/products/{answer.id}"} if location else {}
    return Reply(answer, headers=headers, version=answer.version)


api.routes.update(promotion.routes)

handler = api.handler
