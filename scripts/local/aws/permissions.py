"""Holds every call that a function makes against its role, as IAM does, so that a missing permission shows here.

`Permissions(app)` is a layer around moto's WSGI application. The deploy leaves with it what each role may do
(`register`); a request that is signed by a role and not covered by its statements is refused in the service's own
form, and moto never sees it. What is signed by nobody that is known (the local cloud itself, tests) passes.
"""

import http.client
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from scripts.local.aws.actions import Call, read_needs
from scripts.local.front.policies import is_allowed
from scripts.local.template.model import Credentials

PATH = "/_local/permissions"
_TIMEOUT = 10.0  # seconds
_CREDENTIAL = re.compile(r"(?P<key>[^/=]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_ROLE = re.compile(r"role/(?P<name>.+)\Z")

Policies = Mapping[str, Mapping[str, Any]]  # access key → {"role", "statements"}


@dataclass(frozen=True)
class Denial:
    """A call that its role does not allow, as AWS words it."""

    service: str
    message: str

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body with which the service says so."""
        if self.service in {"s3", "sns"}:
            error = f"<Error><Code>AccessDenied</Code><Message>{self.message}</Message></Error>"
            body = error if self.service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
            return 403, {"Content-Type": "application/xml"}, body.encode()
        answer = {"__type": "AccessDeniedException", "message": self.message, "Message": self.message}
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-ErrorType": "AccessDeniedException"}
        return (403 if self.service == "ses" else 400), headers, json.dumps(answer).encode()


def policies_of(credentials: Iterable[Credentials]) -> dict[str, dict[str, Any]]:
    """What roles may do, by the key they sign with; without those whose policies are not known."""
    return {
        each.access_key: {"role": each.role_arn, "statements": _unconditional(each.policy)}
        for each in credentials
        if each.policy is not None
    }


def find_denial(policies: Policies, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Denial | None:
    """Hold a signed request against its role. `headers` have lower-case names; None: it may pass."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    found = _CREDENTIAL.search(headers.get("authorization", "") or query.get("X-Amz-Credential", ""))
    if found is None or (policy := policies.get(found["key"])) is None:
        return None
    call = Call(found["service"], found["region"], method, unquote(parts.path), query, headers, body)
    for action, resources in read_needs(call):
        if not any(is_allowed(policy["statements"], action, resource) for resource in resources):
            role = _ROLE.search(policy["role"])
            who = role["name"] if role else policy["role"]
            return Denial(
                call.service, f"User: {who} is not authorized to perform: {action} on resource: {resources[0]}"
            )
    return None


def _unconditional(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    # What a condition asks of (tags of keys) is not known here; what it would refuse, the cloud refuses.
    return [{name: value for name, value in each.items() if name != "Condition"} for each in statements]


class Permissions:
    """The WSGI layer."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._policies: Policies = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take the policies, or refuse a call, or pass it on."""
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if path == PATH and method == "PUT":
            self._policies = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            start_response("204 No Content", [("Content-Length", "0")])
            return [b""]
        if not self._policies or path.startswith("/_local/"):
            return self._app(environ, start_response)
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        body = b""
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() != "chunked" and "s3/aws4" not in headers.get(
            "authorization", ""
        ):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
        url = f"{environ.get('RAW_URI') or path}"
        if "?" not in url and environ.get("QUERY_STRING"):
            url = f"{url}?{environ['QUERY_STRING']}"
        denial = find_denial(self._policies, method, url, headers, body)
        if denial is None:
            return self._app(environ, start_response)
        status, answer_headers, content = denial.answer()
        reason = http.client.responses[status]
        start_response(f"{status} {reason}", [*answer_headers.items(), ("Content-Length", str(len(content)))])
        return [content]


def register(endpoint: str, credentials: Iterable[Credentials]) -> None:
    """Leave what roles may do with the moto server at `endpoint`. Raises OSError."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_TIMEOUT)
    try:
        connection.request("PUT", PATH, json.dumps(policies_of(credentials)))
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status != 204:
        raise OSError(f"{endpoint}{PATH} answered {response.status}")
