"""A shop for every test of orders' doors."""

import pytest

from tests.integration.conftest import Aws
from tests.integration.orders.shop import Shop


@pytest.fixture
def shop(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(aws, monkeypatch)
