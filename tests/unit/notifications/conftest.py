"""The fakes that tests of messages begin with."""

import pytest

from tests.unit.notifications.fakes import Post


@pytest.fixture
def post() -> Post:
    return Post()
