"""Notifications' own table, SES and SNS."""

from dataclasses import replace

import pytest

from notifications import consumer, wiring
from tests.integration.conftest import Aws
from tests.times import FixedClock
from tests.unit.notifications.fakes import FakeCatalog, FakeCustomers, FakeOrders


@pytest.fixture
def neighbours() -> FakeOrders:
    """The orders service, as far as notifications asks it."""
    return FakeOrders()


@pytest.fixture
def post(aws: Aws, neighbours: FakeOrders, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Notifications' own table, SES and SNS; its neighbours answer from memory."""
    aws.use("NotificationsApiFunction")
    aws.use("NotificationsConsumerFunction")
    real = wiring.ports()
    told_at_once = FixedClock()  # the events of these tests have just happened
    ports = replace(real, customers=FakeCustomers(), orders=neighbours, catalog=FakeCatalog(), clock=told_at_once)
    monkeypatch.setattr(consumer, "ports", lambda: ports)
    return aws
