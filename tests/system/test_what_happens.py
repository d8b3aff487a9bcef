"""What happens, and what follows: each row of the domain's tables by its name, over HTTP against the running shop.

`tests/rows.py` says which story tells which row.
"""

from collections import defaultdict
from typing import Any

import httpx
import pytest

from tests.system import backstage
from tests.system.rest import check_world
from tests.system.shop import DEADLINE_SECONDS, Shop
from tests.system.told import STORIES, Outcomes

PATH = "/v1/webhooks/payments/stripe"
OF_A_KIND = 4  # events of each type that come again
COMPARED = ("OrdersTable", "PaymentsTable", "ShippingTable", "CatalogTable")
MOVED_BY_TIME = {"day", "job", "image"}  # what schedules write


@pytest.mark.parametrize("story", STORIES)
def test_what_happens(outcomes: Outcomes, story: str) -> None:
    outcomes[story].result()


@pytest.fixture(scope="module")
def at_rest(shop: Shop, outcomes: Outcomes) -> Shop:
    """The shop when all stories have been told, and every rule holds."""
    for outcome in outcomes.values():
        outcome.exception()
    check_world(shop)
    return shop


def _world(shop: Shop) -> dict[str, list[Any]]:
    """All that services have in their tables of orders, money, stock and parcels; and every message that was sent."""
    rows = {
        name: sorted(
            (row for row in backstage.rows(shop, name) if row["pk"].partition("#")[0] not in MOVED_BY_TIME),
            key=lambda row: (row["pk"], row["sk"]),
        )
        for name in COMPARED
    }
    return {**rows, "mailbox": shop.get("/_local/mailbox")["items"]}


def test_event_twice_late_or_out_of_order(at_rest: Shop) -> None:
    """Events of every type come once more, long after, from the last to the first: nothing is any different."""
    by_type: dict[str, list[Any]] = defaultdict(list)
    for event in backstage.told(at_rest):
        by_type[event["detail-type"]].append(event)
    again = [event for told in by_type.values() for event in told[-OF_A_KIND:]]
    assert len(by_type) > 30
    before = _world(at_rest)
    for _ in range(2):
        backstage.tell_again(at_rest, sorted(again, key=lambda event: event["time"], reverse=True))
    check_world(at_rest)
    after = _world(at_rest)
    for name, rows in before.items():
        assert after[name] == rows, name


def test_webhooks_that_nobody_signed_are_refused(shop: Shop) -> None:
    body = '{"id": "evt_1", "type": "payment_intent.succeeded", "data": {}}'
    with httpx.Client(base_url=shop.url, timeout=DEADLINE_SECONDS) as http:
        for number in range(30):
            header = ("", f"t={number},v1={number:064x}", f"t=4102444800,v1={number:064x}")[number % 3]
            answer = http.post(PATH, content=body, headers={"Stripe-Signature": header})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
        assert http.post("/v1/webhooks/payments/nobody", content=body).status_code == 404
