"""The same purchase with its API in containers. Runs where Docker answers; says loudly where it did not."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from scripts.local.containers.engine import SamError, find_reach, image_name
from scripts.local.containers.session import find_image
from scripts.local.template.parameters import parameter_values
from scripts.local.template.source import read_source
from scripts.packages import RUNTIME, find_runtime
from tests.system import test_purchase as purchase
from tests.system.shop import ROOT, Shop, Shopper, start

START_WITHIN = 400.0  # seconds; all layers and functions may have to be built
FETCH_WITHIN = 300.0  # seconds
pytestmark = pytest.mark.docker


class _Loudly:
    """Says at the end of the run what was not tested."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("NOT TESTED: the API in containers (scripts/start --api sam)", yellow=True, bold=True)
        terminalreporter.write_line(self._reason, yellow=True)


def _why_not() -> str:
    """What is missing on this machine; empty when nothing is."""
    if find_runtime() is None or shutil.which("make") is None:
        return f"{RUNTIME} and make are needed to build what the containers run"
    source = read_source(ROOT / "template.yaml")
    name = image_name(source, parameter_values(source["Parameters"], {}))
    try:
        find_reach()
        asyncio.run(asyncio.wait_for(find_image(name, print), FETCH_WITHIN))
    except SamError as error:
        return str(error)
    except TimeoutError:
        return f"the image {name} was not fetched within {FETCH_WITHIN:.0f} s"
    return ""


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A shop whose API is served by containers."""
    reason = _why_not()
    if reason:
        request.config.pluginmanager.register(_Loudly(reason))
        pytest.skip(reason)
    running = start(ROOT, "--api", "sam", "--parameter-overrides", "PaymentRetrySeconds=3", within=START_WITHIN)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def warehouse(shop: Shop) -> Iterator[Shopper]:
    with Shopper(shop) as somebody:
        somebody.log_in("warehouse@minishop.test", "minishop-demo-pass")
        yield somebody


def containers(shop: Shop) -> list[str]:
    """The containers of functions that know the shop by its address: the authorizer is one of them."""
    listed = subprocess.run(["docker", "ps", "--all", "--quiet"], capture_output=True, text=True, check=True)
    described = subprocess.run(
        ["docker", "inspect", *listed.stdout.split()], capture_output=True, text=True, check=False
    )
    found = json.loads(described.stdout or "[]")
    return [each["Name"] for each in found if f"PUBLIC_URL={shop.url}" in each["Config"]["Env"]]


def test_the_purchase_in_containers(shop: Shop, shopper: Shopper, warehouse: Shopper) -> None:
    purchase.test_from_the_first_look_to_the_door(shop, shopper, warehouse)
    assert containers(shop)


def test_the_gate_is_closed_in_containers(shop: Shop) -> None:
    with httpx.Client(base_url=shop.url, timeout=60) as client:
        assert client.get("/v1/orders").status_code == 401
        refused = client.get("/v1/orders", headers={"Authorization": "Bearer nonsense"})
        assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
        assert client.get("/internal/carts/cus_ada").status_code == 404


def test_requests_that_overlap_are_all_answered(shop: Shop) -> None:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(base_url=shop.url, timeout=60) as client:
            paths = ["/v1/categories", "/v1/auth/health", "/v1/categories", "/v1/auth/health"] * 3
            return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]

    assert asyncio.run(ask()) == [200] * 12


def test_ending_the_shop_removes_its_containers(shop: Shop) -> None:
    assert containers(shop)
    assert shop.stop() == 0
    assert containers(shop) == []
