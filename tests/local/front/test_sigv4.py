"""AWS signatures are verified, and policies evaluated, as API Gateway does for AWS_IAM."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from scripts.local.front.payload import Request
from scripts.local.front.policies import is_allowed
from scripts.local.front.sigv4 import SignatureError, verify
from scripts.local.template.model import Credentials
from tests.local.hand_made import REGION

CREDENTIALS = Credentials("AKIAONE", "a secret", "arn:aws:iam::123456789012:role/One")
WITH_TOKEN = replace(CREDENTIALS, access_key="AKIATWO", session_token="a token")
KNOWN = {known.access_key: known for known in (CREDENTIALS, WITH_TOKEN)}


def sign(
    url: str = "http://127.0.0.1:4000/internal/carts/cus_1",
    method: str = "PUT",
    body: bytes = b'{"order_id": "ord_1"}',
    credentials: Credentials = CREDENTIALS,
    region: str = REGION,
    service: str = "execute-api",
) -> Request:
    """A request as botocore signs it."""
    signed = AWSRequest(method, url, {"Content-Type": "application/json", "Host": urlsplit(url).netloc}, body)
    keys = BotocoreCredentials(credentials.access_key, credentials.secret_key, credentials.session_token or None)
    SigV4Auth(keys, service, region).add_auth(signed)
    parts = urlsplit(url)
    return Request(
        method=method,
        raw_path=parts.path,
        raw_query=parts.query,
        raw_headers=tuple(signed.headers.items()),
        body=body,
        source_ip="127.0.0.1",
        request_id="id",
        received_at=datetime.now(UTC),
    )


def check(request: Request, now: datetime | None = None) -> Credentials:
    return verify(request, REGION, KNOWN.get, now or request.received_at)


def with_header(request: Request, name: str, value: str | None) -> Request:
    kept = tuple(pair for pair in request.raw_headers if pair[0].lower() != name.lower())
    return replace(request, raw_headers=kept if value is None else (*kept, (name, value)))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4000/internal/carts/cus_1",
        "http://127.0.0.1:4000/",
        "http://127.0.0.1:4000/a%20b/c%2Fd/%C5%BE",
        "http://127.0.0.1:4000/a~b-c_d.e/",
        "http://127.0.0.1:4000/a?b=2&a=1&a=0&c",
        "http://127.0.0.1:4000/a?x=a%20b%2F&y=%C5%BE&z=",
    ],
)
def test_what_botocore_signs_is_accepted(url: str) -> None:
    assert check(sign(url)) is CREDENTIALS
    assert check(sign(url, "GET", b"")) is CREDENTIALS


def test_a_session_token_is_part_of_the_credentials() -> None:
    request = sign(credentials=WITH_TOKEN)
    assert check(request) is WITH_TOKEN
    with pytest.raises(SignatureError, match="token"):
        check(sign(credentials=replace(WITH_TOKEN, session_token="")))
    with pytest.raises(SignatureError, match="token"):
        check(sign(credentials=replace(WITH_TOKEN, session_token="another")))


def _flip(request: Request) -> Request:
    value = request.headers["authorization"]
    return with_header(request, "Authorization", value[:-1] + ("0" if value[-1] != "0" else "1"))


def _unsign(header: str) -> Callable[[Request], Request]:
    def change(request: Request) -> Request:
        value = request.headers["authorization"]
        names = value.partition("SignedHeaders=")[2].partition(",")[0]
        fewer = ";".join(name for name in names.split(";") if name != header)
        return with_header(request, "Authorization", value.replace(names, fewer))

    return change


TAMPERED: dict[str, Callable[[Request], Request]] = {
    "no signature": lambda request: with_header(request, "Authorization", None),
    "a bearer token": lambda request: with_header(request, "Authorization", "Bearer x"),
    "an empty header": lambda request: with_header(request, "Authorization", ""),
    "the signature": _flip,
    "the body": lambda request: replace(request, body=b'{"order_id": "ord_2"}'),
    "the body taken away": lambda request: replace(request, body=b""),
    "the method": lambda request: replace(request, method="DELETE"),
    "the path": lambda request: replace(request, raw_path="/internal/carts/cus_2"),
    "the query": lambda request: replace(request, raw_query="a=1"),
    "the host": lambda request: with_header(request, "Host", "127.0.0.1:4001"),
    "the date": lambda request: with_header(request, "X-Amz-Date", "20200101T000000Z"),
    "no date": lambda request: with_header(request, "X-Amz-Date", None),
    "a date that is none": lambda request: with_header(request, "X-Amz-Date", "yesterday"),
    "host not signed": _unsign("host"),
    "date not signed": _unsign("x-amz-date"),
    "another x-amz header": lambda request: with_header(request, "X-Amz-Target", "x"),
    "a payload hash that is not the body's": lambda request: with_header(request, "X-Amz-Content-SHA256", "0" * 64),
    "an unknown key": lambda request: with_header(
        request, "Authorization", request.headers["authorization"].replace("AKIAONE", "AKIASIX")
    ),
    "another's key": lambda request: with_header(
        request, "Authorization", request.headers["authorization"].replace("AKIAONE", "AKIATWO")
    ),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_request_that_was_tampered_with_is_refused(tamper: Callable[[Request], Request]) -> None:
    request = sign()
    assert check(request) is CREDENTIALS
    with pytest.raises(SignatureError):
        check(tamper(request))


@pytest.mark.parametrize("unsigned", ["host", "x-amz-date"])
def test_a_signature_that_leaves_out_what_must_be_signed_is_refused(
    unsigned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_by_default = SigV4Auth.headers_to_sign

    def fewer(self: SigV4Auth, request: AWSRequest) -> Any:
        headers = signed_by_default(self, request)
        del headers[unsigned]
        return headers

    monkeypatch.setattr(SigV4Auth, "headers_to_sign", fewer)
    with pytest.raises(SignatureError, match=f"not signed: {unsigned}"):
        check(sign())


def test_a_signature_for_another_region_service_or_secret_is_refused() -> None:
    for request in (
        sign(region="us-east-1"),
        sign(service="lambda"),
        sign(credentials=replace(CREDENTIALS, secret_key="guessed")),
    ):
        with pytest.raises(SignatureError):
            check(request)


@pytest.mark.parametrize(("minutes", "accepted"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_a_signature_lives_for_five_minutes(minutes: int, *, accepted: bool) -> None:
    request = sign()
    now = request.received_at + timedelta(minutes=minutes)
    if accepted:
        assert check(request, now) is CREDENTIALS
    else:
        with pytest.raises(SignatureError, match="five minutes"):
            check(request, now)


ARN = "arn:aws:execute-api:eu-central-1:123456789012:abc/$default/GET/internal/carts/cus_1"
ACTION = "execute-api:Invoke"


def _statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": [ACTION], "Resource": "*", **more}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([_statement()], True),
        ([_statement(Action=ACTION)], True),
        ([_statement(Action="execute-api:*")], True),
        ([_statement(Action="EXECUTE-API:invoke")], True),
        ([_statement(Action="*")], True),
        ([_statement(Action="dynamodb:*")], False),
        ([_statement(Resource=[ARN])], True),
        ([_statement(Resource="arn:aws:execute-api:eu-central-1:123456789012:abc/*/GET/internal/carts/*")], True),
        ([_statement(Resource="arn:aws:execute-api:eu-central-1:123456789012:abc/*/PUT/internal/carts/*")], False),
        ([_statement(Resource="arn:aws:execute-api:eu-central-1:123456789012:xyz/*")], False),
        ([_statement(Resource=ARN.upper())], False),
        ([_statement(Resource=ARN[:-1])], False),
        ([_statement(Resource=ARN[:-1] + "?")], True),
        ([_statement(Resource="arn.aws:execute-api:*")], False),
        ([_statement(), _statement("Deny", Resource=ARN)], False),
        ([_statement("Deny", Resource=ARN), _statement()], False),
        ([_statement(), _statement("Deny", Resource="arn:aws:s3:::x")], True),
        ([_statement(Condition={"Bool": {"aws:SecureTransport": "true"}})], False),
        ([_statement(), _statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": "execute-api:*", "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "*", "NotResource": ARN}], False),
        ([{"Effect": "Allow", "Action": "*", "Resource": {"Ref": "Unresolved"}}], False),
        ([{"Effect": "Allow", "Action": "*"}], False),
    ],
)
def test_policies_are_evaluated(statements: list[dict[str, Any]], *, allowed: bool) -> None:
    assert is_allowed(statements, ACTION, ARN) is allowed
