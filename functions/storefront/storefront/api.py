"""The storefront's HTTP door."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from minishop.http import Api, Reply, Request
from storefront.domain import refusal
from storefront.schemas import GateHealthAnswer

HERE = Path(__file__).parent
CACHED = {"Cache-Control": "public, max-age=300"}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src * data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = {**CACHED, "Content-Security-Policy": POLICY}

api = Api("storefront")


@lru_cache(maxsize=8)
def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(_file("openapi.json"))
    return document


@api.get("/", produces="text/html")
def get_home() -> Reply[str]:
    """Shows the shop's front page."""
    return Reply(_file("pages/home.html"), headers=PAGE, content_type="text/html; charset=utf-8")


@api.get("/docs", produces="text/html")
def get_docs() -> Reply[str]:
    """Shows the API's documentation, where it can be tried out."""
    return Reply(_file("pages/docs.html"), headers=PAGE, content_type="text/html; charset=utf-8")


@api.get("/verify-email", produces="text/html")
def get_verify_email() -> Reply[str]:
    """Shows the page that a verification mail links to."""
    headers = {**PAGE, "Cache-Control": "no-store"}
    return Reply(_file("pages/verify-email.html"), headers=headers, content_type="text/html; charset=utf-8")


@api.get("/openapi.json")
def get_openapi() -> Reply[str]:
    """Gives this document."""
    return Reply(_file("openapi.json"), headers=CACHED)


@api.get("/v1/health")
def get_health() -> GateHealthAnswer:
    """Says that the gate is up."""
    return GateHealthAnswer(status="ok")


@api.route("$default")
def refuse(request: Request) -> Reply[str]:
    """Answers whatever no route takes."""
    raise refusal(_document(), request.method, request.path)


handler = api.handler
