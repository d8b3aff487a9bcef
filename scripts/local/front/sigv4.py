"""Verifies AWS Signature Version 4 on requests to an API with AWS_IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from posixpath import normpath
from urllib.parse import quote, unquote

from scripts.local.front.payload import Request
from scripts.local.template.model import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "execute-api"
_SKEW = timedelta(minutes=5)
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} +Credential=(?P<key>[^/,\s]+)/(?P<date>\d{{8}})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)"
    r"/aws4_request, *SignedHeaders=(?P<headers>[a-z0-9\-;._]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


class SignatureError(Exception):
    """The request is not signed, or not rightly; the text says why, for the log alone."""


@dataclass(frozen=True)
class _Claim:
    key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def verify(
    request: Request,
    region: str,
    find: Callable[[str], Credentials | None],
    now: datetime,
) -> Credentials:
    """Whose signature it is. Raises SignatureError.

    `find` gives the credentials of an access key; `now` is aware.
    """
    claim = _read_claim(request.headers.get("authorization", ""))
    credentials = find(claim.key)
    if credentials is None:
        raise SignatureError("an access key that no role of this stack has")
    if (claim.region, claim.service) != (region, _SERVICE):
        raise SignatureError(f"signed for {claim.region}/{claim.service}")
    timestamp = _check_date(request.headers, claim, now)
    _check_signed_headers(request.headers, claim)
    token = request.headers.get("x-amz-security-token", "")
    if not hmac.compare_digest(token.encode(), credentials.session_token.encode()):
        raise SignatureError("the session token is missing or another's")
    payload_hash = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", payload_hash) != payload_hash:
        raise SignatureError("the body is not the one that was signed")
    canonical = _canonical_request(request, claim.headers, payload_hash)
    expected = _sign(credentials.secret_key, claim, timestamp, canonical)
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureError("the signature does not match")
    return credentials


def _read_claim(authorization: str) -> _Claim:
    found = _AUTHORIZATION.fullmatch(authorization)
    if not found:
        raise SignatureError("not signed")
    parts = found.groupdict()
    headers = tuple(parts["headers"].split(";"))
    return _Claim(parts["key"], parts["date"], parts["region"], parts["service"], headers, parts["signature"])


def _check_date(headers: Mapping[str, str], claim: _Claim, now: datetime) -> str:
    timestamp = headers.get("x-amz-date", "")
    try:
        signed_at = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError("x-amz-date is missing or malformed") from error
    if abs(now - signed_at) > _SKEW:
        raise SignatureError(f"signed at {timestamp}, which is more than five minutes away")
    if timestamp[:8] != claim.date:
        raise SignatureError("the scope is of another day")
    return timestamp


def _check_signed_headers(headers: Mapping[str, str], claim: _Claim) -> None:
    required = {"host", *(name for name in headers if name.startswith("x-amz-"))}
    if not required <= set(claim.headers):
        raise SignatureError(f"not signed: {', '.join(sorted(required - set(claim.headers)))}")
    if list(claim.headers) != sorted(set(claim.headers)):
        raise SignatureError("signed headers out of order")


def _canonical_request(request: Request, signed: tuple[str, ...], payload_hash: str) -> str:
    headers = {**request.headers, "cookie": "; ".join(request.cookies)}
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed]
    return "\n".join(
        [
            request.method,
            quote(_normalise(request.raw_path), safe="/~"),
            _canonical_query(request.raw_query),
            *lines,
            "",
            ";".join(signed),
            payload_hash,
        ]
    )


def _normalise(path: str) -> str:
    """Dot segments and repeated slashes resolved, a slash at the end kept."""
    if not path:
        return "/"
    normal = "/" + normpath(path).lstrip("/")
    return normal + "/" if path.endswith("/") and normal != "/" else normal


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _sign(secret: str, claim: _Claim, timestamp: str, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode(errors="surrogateescape")).hexdigest()
    to_sign = f"{_ALGORITHM}\n{timestamp}\n{claim.scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (claim.date, claim.region, claim.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
