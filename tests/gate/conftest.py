"""One shop for the whole suite, and everybody who may stand before its gate."""

from collections.abc import Iterator

import pytest

from tests.gate.cloud import Cloud
from tests.gate.people import People

ORIGIN = "https://shop.example.com"


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """A running shop that lets browsers in from one origin."""
    running = Cloud({"AllowedOrigins": ORIGIN, "PaymentRetrySeconds": "3"})
    yield running
    running.close()


@pytest.fixture(scope="session")
def people(cloud: Cloud) -> Iterator[People]:
    """Those who call, each with a token, and what they own."""
    with People(cloud) as everybody:
        yield everybody
