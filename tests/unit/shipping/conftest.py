"""A shop whose one order has got so far."""

import pytest

from shipping.use_cases import labels
from tests.unit.shipping.fakes import ORDER, SERVICE, Shop, dispatch


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def labelled(shop: Shop) -> Shop:
    labels.create_shipment(shop.ports, ORDER, SERVICE)
    return shop


@pytest.fixture
def dispatched(labelled: Shop) -> Shop:
    dispatch(labelled)
    return labelled
