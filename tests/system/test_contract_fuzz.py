"""The whole OpenAPI document against the running shop: whatever is sent, every answer is as the document says.

`CONTRACT_EXAMPLES=50` sends more, and with it all the corner cases that follow from the document.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from tests.system.shop import ROOT, Shop, Shopper

SUITE_EXAMPLES = 3
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", SUITE_EXAMPLES))
TOKEN_SECONDS = 120.0  # staff tokens live for five minutes
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
)
DOCUMENT: dict[str, Any] = json.loads((ROOT / "functions/storefront/storefront/openapi.json").read_text("utf-8"))

load_all_checks()
checks = CHECKS.get_by_names(list(CHECKED))
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.config.phases.coverage.enabled = EXAMPLES > SUITE_EXAMPLES
guarded = schema.include(lambda context: bool(context.operation.definition.raw["security"]))
settled = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Token:
    """An account's access token, renewed before it runs out."""

    def __init__(self, shop: Shop, email: str) -> None:
        self._shop = shop
        self._email = email
        self._header = ""
        self._since = float("-inf")

    def headers(self) -> dict[str, str]:
        """To be sent with a request."""
        if time.monotonic() - self._since > TOKEN_SECONDS:
            with Shopper(self._shop) as somebody:
                somebody.log_in(self._email, "minishop-demo-pass")
                self._header = somebody.http.headers["Authorization"]
            self._since = time.monotonic()
        return {"Authorization": self._header}


@pytest.fixture(scope="module")
def ada(shop: Shop) -> Token:
    """A customer."""
    return Token(shop, "ada@minishop.test")


@pytest.fixture(scope="module")
def boss(shop: Shop) -> Token:
    """The admin."""
    return Token(shop, "admin@minishop.test")


@schema.parametrize()
@settled
def test_without_a_token(case: Case, shop: Shop) -> None:
    case.call_and_validate(base_url=shop.url, checks=checks)


@guarded.parametrize()
@settled
def test_as_a_customer(case: Case, shop: Shop, ada: Token) -> None:
    case.call_and_validate(base_url=shop.url, checks=checks, headers=ada.headers())


@guarded.parametrize()
@settled
def test_as_the_admin(case: Case, shop: Shop, boss: Token) -> None:
    case.call_and_validate(base_url=shop.url, checks=checks, headers=boss.headers())
