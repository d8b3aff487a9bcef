"""Cart's functions share one environment here: the variables of all of them."""

import pytest

from tests.integration.cart.samples import publish, stock
from tests.integration.conftest import Aws


@pytest.fixture
def shop(aws: Aws) -> Aws:
    """A red mug at 12.90, ten of them, and a blue one at 15.90, one of it."""
    for function in ("Consumer", "Internal", "Api"):
        aws.use(f"Cart{function}Function")
    publish({"RED": 1290, "BLUE": 1590})
    stock("RED", 10)
    stock("BLUE", 1)
    return aws
