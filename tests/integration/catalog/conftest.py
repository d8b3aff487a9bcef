"""The catalogue's functions share one environment here: the variables of all of them."""

import pytest

from tests.integration.conftest import Aws


@pytest.fixture
def shop(aws: Aws) -> Aws:
    for function in ("Relay", "Schedule", "Consumer", "Internal", "Api"):
        aws.use(f"Catalog{function}Function")
    return aws
