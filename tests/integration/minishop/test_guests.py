"""Whom guests have become, on a service's table."""

import pytest

from minishop.guests import GuestTable
from orders.repository import GuestItem
from tests.integration.conftest import Aws


@pytest.fixture
def guests(aws: Aws) -> GuestTable:
    """Those of orders."""
    aws.use("OrdersConsumerFunction")
    return GuestTable(GuestItem)


def test_a_guest_becomes_one_customer(guests: GuestTable) -> None:
    assert guests.customer_of("gst_1") is None
    for customer in ("cus_ada", "cus_ada", "cus_eve"):
        guests.remember("gst_1", customer)
    assert (guests.customer_of("gst_1"), guests.customer_of("cus_ada")) == ("cus_ada", None)


def test_many_are_asked_for_at_once(guests: GuestTable) -> None:
    for number in range(3):
        guests.remember(f"gst_{number}", "cus_ada")
    asked = ["gst_0", "gst_2", "gst_0", "gst_nobody", "cus_eve"]
    assert guests.customers_of(asked) == {"gst_0": "cus_ada", "gst_2": "cus_ada"}
    assert guests.customers_of(["cus_eve"]) == {}


def test_of_a_customer_who_is_forgotten_nothing_is_left(guests: GuestTable, aws: Aws) -> None:
    for number in range(3):
        guests.remember(f"gst_{number}", "cus_ada")
    guests.remember("gst_9", "cus_eve")
    for _ in range(2):
        guests.forget("cus_ada")
    assert guests.customer_of("gst_0") is None
    assert guests.customer_of("gst_9") == "cus_eve"
    assert len(aws.items("OrdersTable")) == 2
