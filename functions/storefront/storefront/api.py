"""The storefront's HTTP door."""

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from minishop.http import Api, Reply, Request
from storefront.domain import RouteNotFoundError, refusal
from storefront.pages import File, read_file
from storefront.schemas import GateHealthAnswer

DOCUMENT = "openapi.json"
NOT_KEPT = "no-store"  # its address holds a secret

api = Api("storefront")


def _reply(file: File) -> Reply[str]:
    return Reply(file.text, headers=file.headers, content_type=file.content_type)


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(read_file(DOCUMENT).text)
    return document


@api.get("/", produces="text/html")
def get_home() -> Reply[str]:
    """Shows the shop's front page."""
    return _reply(read_file("pages/home.html"))


@api.get("/product", produces="text/html")
def get_product_page() -> Reply[str]:
    """Shows the page of a product; the list links to it with `?slug=`."""
    return _reply(read_file("pages/product.html"))


@api.get("/cart", produces="text/html")
def get_cart_page() -> Reply[str]:
    """Shows the page of one's cart."""
    return _reply(read_file("pages/cart.html"))


@api.get("/checkout", produces="text/html")
def get_checkout_page() -> Reply[str]:
    """Shows the page on which the cart is ordered and paid for."""
    return _reply(read_file("pages/checkout.html"))


@api.get("/account", produces="text/html")
def get_account_page() -> Reply[str]:
    """Shows the page on which one signs in or registers, and finds one's orders."""
    return _reply(read_file("pages/account.html"))


@api.get("/docs", produces="text/html")
def get_docs() -> Reply[str]:
    """Shows the API's documentation, where it can be tried out."""
    return _reply(read_file("pages/docs.html"))


@api.get("/track", produces="text/html")
def get_track() -> Reply[str]:
    """Shows the page on which a parcel is followed; mails link to it with `?number=`."""
    return _reply(read_file("pages/track.html"))


@api.get("/order", produces="text/html")
def get_order() -> Reply[str]:
    """Shows the page of an order: mails link to it with `?token=`, the checkout goes there with `?id=`."""
    return _reply(read_file("pages/order.html", cache=NOT_KEPT))


@api.get("/verify-email", produces="text/html")
def get_verify_email() -> Reply[str]:
    """Shows the page that a verification mail links to."""
    return _reply(read_file("pages/verify-email.html", cache=NOT_KEPT))


@api.get("/reset-password", produces="text/html")
def get_reset_password() -> Reply[str]:
    """Shows the page on which a new password is chosen; the mail about it links there."""
    return _reply(read_file("pages/reset-password.html", cache=NOT_KEPT))


@api.get("/openapi.json")
def get_openapi() -> Reply[str]:
    """Gives this document."""
    return _reply(read_file(DOCUMENT))


@api.get("/v1/health")
def get_health() -> GateHealthAnswer:
    """Says that the gate is up."""
    return GateHealthAnswer(status="ok")


def _head(path: str) -> Reply[str]:
    """What a GET of one of the storefront's own paths answers, less its body."""
    route = api.routes[f"GET {path}"]
    answer = route.function()
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    return replace(reply, body="", content_type=reply.content_type or route.produces)


def _is_a_page_asked_for(request: Request) -> bool:
    """Whether a person looks at the answer, and not a program of the API."""
    is_api = request.path.startswith("/v1/")
    return request.method == "GET" and not is_api and "text/html" in request.headers.get("accept", "")


@api.route("$default")
def refuse(request: Request) -> Reply[str]:
    """Answers whatever no route takes: a HEAD of a page, or a refusal."""
    if request.method == "HEAD" and f"GET {request.path}" in api.routes:
        return _head(request.path)
    error = refusal(_document(), request.method, request.path)
    if isinstance(error, RouteNotFoundError) and _is_a_page_asked_for(request):
        page = read_file("pages/not-found.html", cache=NOT_KEPT)
        headers = {name: value for name, value in page.headers.items() if name != "ETag"}
        return Reply(page.text, status=error.status, headers=headers, content_type=page.content_type)
    raise error


handler = api.handler
