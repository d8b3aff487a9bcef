"""What every suite needs: no credentials but made-up ones, and a correlation to work in."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
os.environ.setdefault("ROLE_PREFIX", "minishop-")

from minishop.correlation import Correlation
from minishop.observability import correlated


@pytest.fixture(autouse=True)
def _correlation() -> Iterator[None]:
    """Use cases run inside a door; tests of them do too."""
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")):
        yield
