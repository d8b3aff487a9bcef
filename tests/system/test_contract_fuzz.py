"""The whole OpenAPI document against the running shop: whatever is sent, every answer is as the document says.

`CONTRACT_EXAMPLES=50` sends more, and with it all the corner cases that follow from the document.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.transport import Response
from schemathesis.schemas import BaseSchema

from tests.system.shop import BUSY, DEADLINE_SECONDS, ROOT, Shop, Shopper, eventually

SUITE_EXAMPLES = 5
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", SUITE_EXAMPLES))
TOKEN_SECONDS = 120.0  # staff tokens live for five minutes
ACCOUNTS = 4  # of each kind
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
    """An access token of some accounts alike, renewed before it runs out.

    Nobody signs in meanwhile: what is sent has so many wrong passwords that this address is refused for a while. An
    account whose sessions were ended, or that was erased, by what is sent gives way to the next.
    """

    def __init__(self, accounts: Sequence[Shopper]) -> None:
        self._accounts = list(accounts)
        self._since = float("-inf")

    def headers(self) -> dict[str, str]:
        """To be sent with a request."""
        if time.monotonic() - self._since > TOKEN_SECONDS:
            while not self._accounts[0].refresh():
                self._accounts.pop(0).http.close()
            self._since = time.monotonic()
        return {"Authorization": str(self._accounts[0].http.headers["Authorization"])}


@pytest.fixture(scope="module", autouse=True)
def tokens(shop: Shop) -> Iterator[dict[str, Token]]:
    """A customer's and an admin's: of accounts that have signed in before anything is sent."""
    with ExitStack() as stack:
        found: dict[str, Token] = {}
        admin = stack.enter_context(Shopper(shop))
        admin.log_in("admin@minishop.test", "minishop-demo-pass")
        for role in ("customer", "admin"):
            accounts = [stack.enter_context(Shopper(shop)) for _ in range(ACCOUNTS)]
            for somebody in accounts:
                somebody.become_customer()
                shown = somebody.http.get("/v1/me")
                seen = {"If-Match": shown.headers["ETag"]}
                admin.call("PUT", f"/v1/admin/users/{shown.json()['id']}/roles", {"roles": [role]}, headers=seen)
            found[role] = Token(accounts)
        yield found


@pytest.fixture(scope="module")
def ada(tokens: dict[str, Token]) -> Token:
    """A customer."""
    return tokens["customer"]


@pytest.fixture(scope="module")
def boss(tokens: dict[str, Token]) -> Token:
    """An admin."""
    return tokens["admin"]


def send(case: Case[Any], shop: Shop, token: Token | None = None) -> None:
    """Sends it and holds the answer against the document; who is told that the shop is busy asks again."""
    # The gateway loses what follows an encoded `?` in a path: another resource, or another operation, is asked.
    assume("%3F" not in case.formatted_path)
    headers = token.headers() if token else None

    def ask() -> Response | None:
        answer = case.call(shop.url, headers=headers, timeout=DEADLINE_SECONDS)
        return None if answer.status_code == BUSY else answer

    answer = eventually(ask, what=f"an answer to {case.method} {case.formatted_path}")
    assert answer is not None
    where = {"base_url": shop.url, "timeout": DEADLINE_SECONDS}
    case.validate_response(answer, checks, headers=headers, transport_kwargs={**where, "headers": headers or {}})


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
