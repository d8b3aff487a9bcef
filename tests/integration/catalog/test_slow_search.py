"""A search in an environment that has no index yet, when AWS is slow: it is answered, whatever that takes."""

from typing import Any

import pytest

from catalog import api
from minishop import dynamodb
from minishop.aws import client
from tests.helpers import answer_of, http_event
from tests.integration.catalog.samples import create, mug, variant
from tests.integration.catalog.test_search import save
from tests.integration.conftest import Aws, forget_everything
from tests.integration.slowness import TIMEOUT, Slow


def search(slow: Slow) -> tuple[int, Any]:
    answer = api.handler(http_event("GET /v1/products", query={"q": "roll"}), slow)
    return answer["statusCode"], answer_of(answer)


@pytest.mark.parametrize("snapshot", [True, False], ids=["from its snapshot", "from the table"])
def test_a_first_search_says_that_it_is_out_of_time_before_it_is_killed_and_the_next_goes_on(
    shop: Aws, monkeypatch: pytest.MonkeyPatch, snapshot: bool
) -> None:
    create(mug("roll-top-bag", variant("ROLL-1")))
    if snapshot:
        assert save(monkeypatch, 1) == 1
    forget_everything()
    slow = Slow(monkeypatch)
    for waiting in (client("s3"), dynamodb.connection().client):
        waiting.meta.events.register_last("before-send", slow.wait)
    slow.begin(4.7)
    status, problem = search(slow)
    assert (status, problem["code"]) == (503, "out_of_time")
    assert slow.taken <= TIMEOUT
    slow.begin(0.1)
    status, page = search(slow)
    assert (status, [item["slug"] for item in page["items"]]) == (200, ["roll-top-bag"])
