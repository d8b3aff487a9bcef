"""Seeding fills the shop through its own doors, and says what stood in the way."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from scripts.local.demo.products import PRODUCTS
from scripts.local.demo.seed import PASSWORD, SeedError, seed
from scripts.local.ports import free_port
from scripts.local.template.model import HttpApi
from tests.local.event_fakes import FakeMoto
from tests.local.hand_made import make_function, make_stack


class Shop:
    """A shop of two routes, and an `auth.seeding` that writes down what it was given."""

    def __init__(self, folder: Path, *, seeding: str = "") -> None:
        package = folder / "auth"
        package.mkdir()
        (package / "__init__.py").write_text("")
        source = "import os, sys\nopen(os.environ['AUTH_TABLE'], 'w').write(sys.stdin.read())\n"
        (package / "seeding.py").write_text(seeding or source)
        self.accounts = folder / "accounts.json"
        self.code = folder
        self.requests: list[tuple[str, Any, dict[str, str]]] = []
        self.status = 201
        self.moto = FakeMoto()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        body = json.loads(await request.read() or "null")
        self.requests.append((f"{request.method} {request.path}", body, dict(request.headers)))
        if request.path == "/v1/auth/login":
            return web.json_response({"access_token": "the-token"})
        return web.json_response({"detail": "no"}, status=self.status)

    def seed(self, *, accounts: bool = True, demo: bool = True) -> list[str]:
        said: list[str] = []

        async def scenario() -> None:
            port = free_port()
            runner = web.ServerRunner(web.Server(self.answer))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            stack = make_stack(
                make_function("AuthApiFunction", code=self.code, environment={"AUTH_TABLE": str(self.accounts)}),
                make_function("CatalogApiFunction", environment={"MEDIA_BUCKET": "media"}),
                apis={"PublicApi": HttpApi("PublicApi", "a", port, (), {}, None, None)},
            )
            stack = replace(stack, parameters={"ShopCurrency": "CHF"})
            try:
                await seed(stack, self.moto, accounts=accounts, demo=demo, say=said.append)
            finally:
                await runner.cleanup()

        asyncio.run(scenario())
        return said

    def posted(self, prefix: str) -> list[tuple[Any, dict[str, str]]]:
        return [(body, headers) for call, body, headers in self.requests if call.startswith(f"POST {prefix}")]


def test_everything_is_there_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    said = shop.seed()
    people = json.loads(shop.accounts.read_text())
    assert [(each["email"], each["roles"]) for each in people][:2] == [
        ("admin@minishop.test", ["admin"]),
        ("support@minishop.test", ["support"]),
    ]
    assert {each["password"] for each in people} == {PASSWORD}
    products = shop.posted("/v1/admin/products")
    assert len(products) == len(PRODUCTS) == len(shop.moto.objects)
    assert all(headers["Authorization"] == "Bearer the-token" for _, headers in products)
    assert {variant["price"]["currency"] for body, _ in products for variant in body["variants"]} == {"CHF"}
    adjustments = shop.posted("/v1/admin/stock/")
    assert len(adjustments) == sum(len(product.variants) for product in PRODUCTS)
    assert len({headers["Idempotency-Key"] for _, headers in adjustments}) == len(adjustments)
    assert len(said) == 2


def test_no_seed_makes_the_accounts_alone_and_empty_makes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert shop.seed(accounts=False, demo=False) == []
    assert not shop.accounts.exists()
    shop.seed(demo=False)
    assert shop.accounts.exists()
    assert shop.posted("/v1/admin") == []


def test_a_shop_that_refuses_a_product_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.status = 422
    with pytest.raises(SeedError, match="POST /v1/admin/products answered 422"):
        shop.seed()


def test_accounts_that_cannot_be_made_say_why(tmp_path: Path) -> None:
    shop = Shop(tmp_path, seeding="raise SystemExit('the table is gone')")
    with pytest.raises(SeedError, match="the accounts could not be made: the table is gone"):
        shop.seed()
