"""The fakes that tests of carts begin with."""

import pytest

from tests.unit.cart.fakes import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()
