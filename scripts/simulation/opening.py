"""Opens the shop: moto for what is not kept in memory, virtual time, and chance from a seed."""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import jinja2
import standardwebhooks.webhooks
from moto import mock_aws

from minishop import clock, dynamodb, ids
from scripts.local.deployment.testing import create_world
from scripts.simulation.shop import Shop

ROOT = Path(__file__).absolute().parents[2]
STACK, REGION = "simulated", "eu-north-1"  # so that it stands beside another world in the same process
PARAMETERS = {
    "CartCache": "url",
    "CartCacheUrl": "redis://127.0.0.1:9",
    "PaymentRetrySeconds": "240",
    "RefundRetrySeconds": "120",
}


class _VirtualDatetime(datetime):
    """What a library that reads the operating system's clock is given instead."""

    @classmethod
    def now(cls, tz: Any = None) -> "_VirtualDatetime":
        return cls.fromtimestamp(clock.system.now().timestamp(), tz)


def _compiling_once() -> Any:
    """Functions die and are born by the thousand here; what Jinja makes of a template's text is the same each time."""
    compile_, made = jinja2.Environment.compile, dict[Any, Any]()

    def compiled(environment: jinja2.Environment, source: Any, name: Any = None, filename: Any = None) -> Any:
        key = (source, name, filename)
        if key not in made:
            made[key] = compile_(environment, source, name, filename)
        return made[key]

    return mock.patch.object(jinja2.Environment, "compile", compiled)


@contextlib.contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop with nothing in it, in virtual time, until the body ends."""
    before = (clock.system.source, ids.system.source, dynamodb.Transaction.BASE_SECONDS)
    disabled = logging.root.manager.disable
    with mock_aws(), contextlib.ExitStack() as stack:
        shop = Shop(create_world(ROOT / "template.yaml", parameters=PARAMETERS, region=REGION, stack_name=STACK))
        stack.enter_context(shop.processes.apart(shop.modules))
        stack.enter_context(shop.network.in_place())
        stack.enter_context(mock.patch.object(standardwebhooks.webhooks, "datetime", _VirtualDatetime))
        stack.enter_context(mock.patch("botocore.endpoint.time.sleep", return_value=None))
        stack.enter_context(_compiling_once())
        clock.system.source = lambda: shop.now
        ids.system.source = shop.bits
        dynamodb.Transaction.BASE_SECONDS = 0.0
        logging.disable(logging.CRITICAL)
        try:
            yield shop
        finally:
            clock.system.source, ids.system.source, dynamodb.Transaction.BASE_SECONDS = before
            logging.disable(disabled)
