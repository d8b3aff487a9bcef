"""Fills a fresh shop through its own doors: accounts by auth's repository, products and stock by the public API.

Accounts cannot be made over HTTP (nobody may register as an admin), so auth's own code writes them, in a
process with the environment of its API function. What the demo shop sells is in `demo_products.py`.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from scripts.local.aws.moto_client import MotoClient, MotoError
from scripts.local.demo.pictures import draw
from scripts.local.demo.products import PRODUCTS
from scripts.local.demo.shop import Product, Variant
from scripts.local.runtime.environment import variables
from scripts.local.template.model import Function, Stack

PASSWORD = "minishop-demo-pass"  # noqa: S105  printed in the README: a demo's, on this machine only
ACCOUNTS = (
    ("admin@minishop.test", "Alex Admin", "admin"),
    ("support@minishop.test", "Sam Support", "support"),
    ("warehouse@minishop.test", "Wim Warehouse", "warehouse"),
    ("ada@minishop.test", "Ada Lovelace", "customer"),
)
_AT_ONCE = 2  # each request in flight has a process of its own to start: more is slower on two cores
_WAKE_UP = ("/v1/auth/health", "/v1/catalog/health")
_TIMEOUT = 30.0  # seconds; each function's first request imports its code


TAXES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("AT", {"standard": "20", "categories": {"garden": "13"}}),
    ("DE", {"standard": "19", "categories": {"garden": "7"}}),
    ("FR", {"standard": "20", "categories": {"garden": "10"}}),
    ("GB", {"standard": "20", "categories": {}}),
    ("NL", {"standard": "21", "categories": {"garden": "9"}}),
)


class SeedError(Exception):
    """The shop could not be filled; one line."""


async def seed(stack: Stack, moto: MotoClient, *, accounts: bool, demo: bool, say: Callable[[str], None]) -> None:
    """Make the accounts and stock the shelves, as far as asked. Raises SeedError."""
    if not accounts:
        return
    url = f"http://127.0.0.1:{stack.apis['PublicApi'].port}"
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False) as http:
        # While the accounts are made, the functions that are needed next come up.
        await asyncio.gather(_seed_accounts(stack), *(_wake(http, path) for path in _WAKE_UP))
        say(f"{len(ACCOUNTS)} accounts are made")
        if demo:
            await _seed_products(http, _Shelf(http, moto, stack))
            await asyncio.gather(*(_put(http, f"/v1/admin/tax-rates/{country}", rates) for country, rates in TAXES))
            say(f"{len(PRODUCTS)} products are on the shelves")


async def _seed_accounts(stack: Stack) -> None:
    function = stack.functions["AuthApiFunction"]
    people = [
        {"email": email, "password": PASSWORD, "full_name": name, "roles": [role]} for email, name, role in ACCOUNTS
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "auth.seeding",
        cwd=function.code,
        env=_environment(function, stack),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(people).encode()), _TIMEOUT)
    except TimeoutError as error:
        raise SeedError("the accounts were not made in time") from error
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        lines = output.decode(errors="replace").strip().splitlines() or ["no word why"]
        raise SeedError(f"the accounts could not be made: {lines[-1]}")


def _environment(function: Function, stack: Stack) -> Mapping[str, str]:
    path = os.pathsep.join(str(folder) for folder in (function.code, *function.layers))
    return {**variables(function, stack, 0), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


async def _wake(http: httpx.AsyncClient, path: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await http.get(path)


async def _seed_products(http: httpx.AsyncClient, shelf: "_Shelf") -> None:
    http.headers["Authorization"] = f"Bearer {await _log_in(http)}"
    slots = asyncio.Semaphore(_AT_ONCE)

    async def put(product: Product) -> None:
        async with slots:
            await shelf.put(product)

    try:
        async with asyncio.TaskGroup() as group:
            for product in PRODUCTS:
                group.create_task(put(product))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _log_in(http: httpx.AsyncClient) -> str:
    answer = await _post(http, "/v1/auth/login", {"email": ACCOUNTS[0][0], "password": PASSWORD})
    return str(answer["access_token"])


class _Shelf:
    """Puts products into the shop: picture, product, stock."""

    def __init__(self, http: httpx.AsyncClient, moto: MotoClient, stack: Stack) -> None:
        self._http = http
        self._moto = moto
        self._endpoint = stack.endpoint
        self._bucket = stack.functions["CatalogApiFunction"].environment["MEDIA_BUCKET"]
        self._currency = stack.parameters.get("ShopCurrency", "EUR")

    async def put(self, product: Product) -> None:
        key = f"products/{product.slug}.svg"
        try:
            await self._moto.put_object(self._bucket, key, draw(product).encode(), "image/svg+xml", public=True)
        except MotoError as error:
            raise SeedError(f"the picture of {product.slug}: {error}") from error
        images = [f"{self._endpoint}/{self._bucket}/{key}"]
        await _post(self._http, "/v1/admin/products", product.document(images, self._currency))
        for variant in product.variants:
            await self._stock(product, variant)

    async def _stock(self, product: Product, variant: Variant) -> None:
        sku = product.sku(variant)
        body = {"delta": variant.stock, "reason": "opening stock"}
        await _post(self._http, f"/v1/admin/stock/{sku}/adjustments", body, {"Idempotency-Key": f"opening-{sku}"})


async def _put(http: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> None:
    answer = await http.put(path, json=body)
    if not answer.is_success:
        raise SeedError(f"PUT {path} answered {answer.status_code}: {answer.text[:300]}")


async def _post(
    http: httpx.AsyncClient, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Any:
    try:
        answer = await http.post(path, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise SeedError(f"POST {path}: {error!r}") from error
    if not answer.is_success:
        raise SeedError(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
    return answer.json() if answer.content else None
