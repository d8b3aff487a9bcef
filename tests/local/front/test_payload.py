"""Requests become events, and results become responses, as payload format 2.0 says."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.local.front.payload import (
    Context,
    MalformedResponseError,
    Request,
    build_authorizer_event,
    build_event,
    build_response,
)
from scripts.local.template.model import HttpApi
from tests.local.hand_made import make_stack

API = HttpApi("Api", "abc123", 3000, (), {}, None, None)


def make_request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "method": "POST",
        "raw_path": "/my/path",
        "raw_query": "",
        "raw_headers": (("Host", "shop.test:3000"),),
        "body": b"",
        "source_ip": "192.0.2.1",
        "request_id": "id",
        "received_at": datetime(2020, 3, 12, 19, 3, 58, 390_000, UTC),
        "trace": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e;Parent=1;Sampled=0",
    }
    return Request(**{**values, **changes})


def make_context(**changes: Any) -> Context:
    return Context(**{"stack": make_stack(), "api": API, "route_key": "$default", **changes})


def test_the_event_is_the_one_that_aws_documents() -> None:
    request = make_request(
        raw_path="/my/p%C3%A1th",
        raw_query="parameter1=value1&parameter1=value2&parameter2=a%20b&empty=",
        raw_headers=(
            ("Host", "shop.test:3000"),
            ("Header1", "value1"),
            ("HEADER1", "value2"),
            ("Cookie", "cookie1=a; cookie2=b"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "agent"),
        ),
        body='{"ž": 1}'.encode(),
    )
    context = make_context(
        route_key="POST /my/{name}", path_parameters={"name": "páth"}, authorizer={"lambda": {"sub": "cus_1"}}
    )
    assert build_event(request, context) == {
        "version": "2.0",
        "routeKey": "POST /my/{name}",
        "rawPath": "/my/páth",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b&empty=",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "host": "shop.test:3000",
            "header1": "value1,value2",
            "content-type": "application/json; charset=utf-8",
            "user-agent": "agent",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
            "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "a b", "empty": ""},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "authorizer": {"lambda": {"sub": "cus_1"}},
            "domainName": "shop.test:3000",
            "domainPrefix": "shop",
            "http": {
                "method": "POST",
                "path": "/my/páth",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "POST /my/{name}",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838390,
        },
        "body": '{"ž": 1}',
        "pathParameters": {"name": "páth"},
        "isBase64Encoded": False,
    }


def test_what_a_request_does_not_have_the_event_does_not_have() -> None:
    event = build_event(make_request(), make_context())
    assert not event.keys() & {"cookies", "queryStringParameters", "pathParameters", "body"}
    assert "authorizer" not in event["requestContext"]
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", b"{}", False),
        ("application/json;charset=utf-8", b"{}", False),
        ("APPLICATION/JSON", b"{}", False),
        ("application/problem+json", b"{}", False),
        ("text/csv", b"a,b", False),
        ("application/json", b"\xff{}", True),
        ("application/octet-stream", b"abc", True),
        ("application/x-www-form-urlencoded", b"a=b", True),
        ("image/png", b"\x89PNG", True),
        ("multipart/form-data; boundary=x", b"--x", True),
        (None, b"abc", False),
        (None, b"\xff", True),
    ],
)
def test_bodies_that_are_not_text_are_base64(content_type: str | None, body: bytes, *, encoded: bool) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    event = build_event(make_request(raw_headers=headers, body=body), make_context())
    assert event["isBase64Encoded"] is encoded
    assert (base64.b64decode(event["body"]) if encoded else event["body"].encode()) == body


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("/a%20b", "/a b"),
        ("/a+b", "/a+b"),
        ("/a%2Fb", "/a/b"),
        ("/a%3Fb=1", "/a"),
        ("/%ff", "/\ufffd"),
        ("/a%", "/a%"),
        ("/a%00", "/a\x00"),
    ],
)
def test_the_path_is_decoded_as_the_gateway_decodes_it(raw: str, decoded: str) -> None:
    assert build_event(make_request(raw_path=raw), make_context())["rawPath"] == decoded


@pytest.mark.parametrize("host", ["", "a b", "x" * 300, "evil\r\n", "a/b", "a@b"])
def test_a_host_that_is_none_does_not_become_the_domain(host: str) -> None:
    event = build_event(make_request(raw_headers=(("Host", host),)), make_context())
    assert event["requestContext"]["domainName"] == "127.0.0.1:3000"


def test_the_authorizer_gets_the_request_without_its_body() -> None:
    request = make_request(raw_query="a=1", raw_headers=(("Authorization", "Bearer x"),), body=b"secret")
    event = build_authorizer_event(request, make_context(route_key="POST /my/path"), ["Bearer x"])
    assert "body" not in event
    assert event["type"] == "REQUEST"
    assert event["version"] == "2.0"
    assert event["identitySource"] == ["Bearer x"]
    assert event["routeArn"] == "arn:aws:execute-api:eu-central-1:123456789012:abc123/$default/POST/my/path"
    assert event["headers"]["authorization"] == "Bearer x"
    assert event["queryStringParameters"] == {"a": "1"}
    assert event["requestContext"]["http"]["method"] == "POST"


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"message": "hello", "ž": 1}, '{"message": "hello", "ž": 1}'),
        ("Hello from Lambda!", "Hello from Lambda!"),
        ([1, 2], "[1, 2]"),
        (None, "null"),
        (7, "7"),
    ],
)
def test_a_result_without_a_status_is_a_200_of_json(result: Any, body: str) -> None:
    response = build_response(result)
    assert (response.status, response.body.decode()) == (200, body)
    assert response.headers == (("content-type", "application/json"),)


def test_a_result_with_a_status_is_mapped() -> None:
    response = build_response(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Count": 3, "X-Yes": True, "Content-Length": "999"},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "<p>ž</p>",
        }
    )
    assert response.status == 201
    assert response.headers == (
        ("content-type", "text/html"),
        ("x-count", "3"),
        ("x-yes", "true"),
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
    )
    assert response.body == "<p>ž</p>".encode()


def test_a_base64_body_is_decoded() -> None:
    result = {"statusCode": "200", "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    assert build_response(result).body == b"\x00\xff"


def test_without_a_content_type_it_is_text() -> None:
    assert build_response({"statusCode": 204}).headers == (("content-type", "text/plain;charset=UTF-8"),)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": None},
        {"statusCode": "ok"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 101},
        {"statusCode": 200.5},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 5},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": [None]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_a_malformed_result_is_refused(result: Any) -> None:
    with pytest.raises(MalformedResponseError):
        build_response(result)
