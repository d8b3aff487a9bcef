"""Between the kernel's HTTP door and the provider: keys, forms and errors as Stripe has them.

@api.post("/v1/payment_intents")
@speaks_stripe
def create_intent(request: Call) -> Answer:
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from pydantic import ConfigDict

from minishop.http import Reply, Request
from minishop.ids import derived_id
from minishop.observability import logger
from minishop.schemas import QueryModel
from minishop.secrets import secret_field
from sandbox.wire import Answer, AnswerLostError, Call, Params, ProviderError, invalid, nest, read_form

MAX_KEY_LENGTH = 255


class WireQuery(QueryModel):
    """Query parameters as they come; `Params` reads them."""

    model_config = ConfigDict(extra="allow")


def _api_key(authorization: str) -> str:
    """The key of a Bearer header, or the user name of a Basic one."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value if scheme.lower() == "bearer" else ""


def _authenticate(method: str, headers: Mapping[str, str]) -> None:
    """The shop's key may do all; the restricted one that goes with it (`rk_…` for `sk_…`) may look, and no more."""
    key = _api_key(headers.get("authorization", "")).encode("utf-8", "surrogatepass")
    whole = secret_field(os.environ["PROVIDER_SECRET"], "api_key")
    if hmac.compare_digest(key, whole.encode()):
        return
    if not hmac.compare_digest(key, restricted(whole).encode()):
        raise invalid("Invalid API Key provided.", status=401)
    if method != "GET":
        lacking = "does not have the required permissions for this endpoint on account 'acct_sandbox'."
        raise invalid(f"The provided key 'rk_test_***' {lacking}", status=403)


def restricted(key: str) -> str:
    """The restricted key that goes with a secret one."""
    return f"rk_{key.removeprefix('sk_')}"


def origin_of(headers: Mapping[str, str]) -> str:
    """Where the provider is reached, as the caller reached it."""
    host = headers.get("host", "localhost")
    local = host.startswith(("127.0.0.1", "localhost"))
    return f"{headers.get('x-forwarded-proto', 'http' if local else 'https')}://{host}"


def _call(request: Request, query: WireQuery | None) -> Call:
    _authenticate(request.method, request.headers)
    values = nest(list((query.model_extra or {}).items())) if query is not None else read_form(request.raw)
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    if len(key) > MAX_KEY_LENGTH:
        raise invalid("An Idempotency-Key is at most 255 characters.")
    asked = json.dumps([request.method, request.path, values], sort_keys=True)
    return Call(
        id=derived_id("req", request.id),
        params=Params(values),
        key=key,
        fingerprint=hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest(),
        origin=origin_of(request.headers),
    )


def _reply(status: int, body: str, request: Request, **headers: str) -> Reply[str]:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status=status, headers={"Request-Id": derived_id("req", request.id), **more})


def speaks_stripe(answer: Callable[..., Answer]) -> Callable[..., Reply[str]]:
    """Makes a route of a function from a `Call` (and the path's parameters) to an `Answer`."""

    @wraps(answer)
    def route(request: Request, query: WireQuery | None = None, **path: Any) -> Reply[str]:
        replay: dict[str, str] = {}
        try:
            more = path if query is None else {**path, "query": query}
            given = answer(request=_call(request, query), **more)
            status, body = given.status, given.body
            replay = {"Idempotent_Replayed": "true"} if given.replayed else {}
        except ProviderError as error:
            status, body = error.status, json.dumps({"error": error.error})
        except AnswerLostError:
            # What a gateway says when the one behind it has not answered in time.
            status, body = 504, json.dumps({"message": "Endpoint request timed out"})
        except Exception:  # noqa: BLE001  whatever happens, the caller gets an error object
            logger().exception("provider request failed")
            status, body = 500, json.dumps({"error": {"type": "api_error", "message": "An unknown error occurred."}})
        return _reply(status, body, request, **replay)

    return route
