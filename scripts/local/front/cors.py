"""CORS as an HTTP API does it: preflights are answered by the gateway, other answers get the headers.

What an integration itself says about CORS is dropped.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Mapping

from scripts.local.template.model import Cors

HEADERS = frozenset(
    {
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-allow-credentials",
        "access-control-expose-headers",
        "access-control-max-age",
    }
)


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks what it may do. `headers` have lower-case names."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight_headers(cors: Cors, origin: str) -> dict[str, str]:
    """The headers of the 204 that answers a preflight; none for a foreign origin."""
    headers = answer_headers(cors, origin)
    if headers:
        if cors.allow_methods:
            headers["access-control-allow-methods"] = ",".join(cors.allow_methods)
        if cors.allow_headers:
            headers["access-control-allow-headers"] = ",".join(cors.allow_headers)
        if cors.max_age:
            headers["access-control-max-age"] = str(cors.max_age)
    return headers


def answer_headers(cors: Cors, origin: str | None) -> dict[str, str]:
    """What is added to an answer to a request from `origin`; nothing without one or for a foreign one."""
    if origin is None or not _allowed(cors, origin):
        return {}
    anyone = "*" in cors.allow_origins and not cors.allow_credentials
    headers = {"access-control-allow-origin": "*" if anyone else origin}
    if cors.allow_credentials:
        headers["access-control-allow-credentials"] = "true"
    if cors.expose_headers:
        headers["access-control-expose-headers"] = ",".join(cors.expose_headers)
    return headers


def _allowed(cors: Cors, origin: str) -> bool:
    scheme = origin.partition("://")[0]
    return bool({origin, "*", f"{scheme}://*"} & set(cors.allow_origins))
