"""Shipping's own table and queue, with neighbours that answer from memory."""

from dataclasses import replace

import pytest

from shipping import api, consumer, internal, wiring
from tests.integration.conftest import Aws
from tests.integration.shipping.samples import StubCarrier, StubOrders, StubStock


@pytest.fixture
def stock() -> StubStock:
    return StubStock()


@pytest.fixture
def shop(aws: Aws, stock: StubStock, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Shipping's own table and queue; its neighbours answer from memory."""
    aws.use("ShippingConsumerFunction")
    aws.use("ShippingApiFunction")
    real = wiring.ports()
    carriers = {**real.carriers, "sandbox": StubCarrier()}
    ports = replace(real, orders=StubOrders(), stock=stock, carriers=carriers)
    for module in (api, consumer, internal):
        monkeypatch.setattr(module, "ports", lambda: ports)
    return aws
