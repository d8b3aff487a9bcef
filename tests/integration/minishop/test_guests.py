"""Whom guests have become, on a service's table."""

from datetime import timedelta

import pytest

from minishop.guests import GuestTable
from minishop.identity import Successor
from orders.repository import GuestItem
from tests.integration.conftest import Aws
from tests.times import NOON


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


def test_of_a_customer_who_is_forgotten_it_is_known_until_no_message_of_that_time_can_come(
    guests: GuestTable, aws: Aws
) -> None:
    for number in range(3):
        guests.remember(f"gst_{number}", "cus_ada")
    guests.remember("gst_9", "cus_eve")
    assert guests.successor_of("gst_0") == Successor("cus_ada")
    for _ in range(2):
        guests.forget("cus_ada", at=NOON)
    guests.remember("gst_late", "cus_ada")
    for principal in ("gst_0", "gst_late", "cus_ada"):
        assert guests.successor_of(principal) == Successor("cus_ada", forgotten=True)
    for principal, successor in {"gst_9": "cus_eve", "cus_eve": "cus_eve", "gst_nobody": "gst_nobody"}.items():
        assert guests.successor_of(principal) == Successor(successor)
    until = str(int((NOON + timedelta(days=30)).timestamp()))
    gone_then = {item["pk"]["S"] for item in aws.items("OrdersTable") if item.get("expires_at", {}).get("N") == until}
    assert gone_then == {"customer#cus_ada", "guest#gst_0", "guest#gst_1", "guest#gst_2"}
