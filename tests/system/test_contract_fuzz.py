"""The whole OpenAPI document against the running shop: whatever is sent, every answer is as the document says.

`CONTRACT_EXAMPLES=50` sends more, and with it all the corner cases that follow from the document.
"""

import json
import os
import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema

from tests.system.shop import ROOT, Shop, Shopper

SUITE_EXAMPLES = 5
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", SUITE_EXAMPLES))
TOKEN_SECONDS = 120.0  # staff tokens live for five minutes
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)
DOCUMENT: dict[str, Any] = json.loads((ROOT / "functions/storefront/storefront/openapi.json").read_text("utf-8"))


def described(*, with_tokens: bool) -> BaseSchema:
    """The document, with all operations or those that need a token, and how to test by it."""
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.phases.coverage.enabled = EXAMPLES > SUITE_EXAMPLES
    # Tokens are made up where none is sent, and left alone where a good one is.
    schema.config.generation.with_security_parameters = not with_tokens
    # How an If-Match that was never given out is refused, and none where there must be one.
    for check, status in (("negative_data_rejection", "412"), ("missing_required_header", "428")):
        expected = getattr(schema.config.checks, check)
        expected.expected_statuses = [*expected.expected_statuses, status]
    if with_tokens:
        return schema.include(lambda context: bool(context.operation.definition.raw["security"]))
    return schema


load_all_checks()
checks: Any = CHECKS.get_by_names(list(CHECKED))
open_to_all = described(with_tokens=False)
guarded = described(with_tokens=True)
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


def send(case: Case[Any], shop: Shop, token: Token | None = None) -> None:
    """Sends it and holds the answer against the document."""
    # The gateway loses what follows an encoded `?` in a path: another resource, or another operation, is asked.
    assume("%3F" not in case.formatted_path)
    case.call_and_validate(base_url=shop.url, checks=checks, headers=token.headers() if token else None)


def test_the_document_is_served_as_it_is_committed(shop: Shop) -> None:
    assert shop.get("/openapi.json") == DOCUMENT


@open_to_all.parametrize()
@settled
def test_without_a_token(case: Case[Any], shop: Shop) -> None:
    send(case, shop)


@guarded.parametrize()
@settled
def test_as_a_customer(case: Case[Any], shop: Shop, ada: Token) -> None:
    send(case, shop, ada)


@guarded.parametrize()
@settled
def test_as_the_admin(case: Case[Any], shop: Shop, boss: Token) -> None:
    send(case, shop, boss)
