"""CORS, throttling, limits of size and time, and what is not HTTP at all."""

import asyncio
import re
from typing import Any

import pytest

from scripts.local.runtime.service import PayloadTooLargeError
from scripts.local.template.model import Cors, Throttle
from tests.local.hand_made import run
from tests.local.served import exchange, make_api, serving

CORS = Cors(
    allow_origins=("https://shop.test",),
    allow_methods=("GET", "POST"),
    allow_headers=("authorization", "content-type"),
    expose_headers=("etag",),
    max_age=600,
)
PREFLIGHT = {"Access-Control-Request-Method": "GET"}


def test_a_preflight_is_answered_by_the_gateway() -> None:
    async def scenario() -> None:
        async with serving(api=make_api(cors=CORS)) as client:
            status, _, headers = await client.ask("/guarded", "OPTIONS", {"Origin": "https://shop.test", **PREFLIGHT})
            assert status == 204
            assert headers["Access-Control-Allow-Origin"] == "https://shop.test"
            assert headers["Access-Control-Allow-Methods"] == "GET,POST"
            assert headers["Access-Control-Allow-Headers"] == "authorization,content-type"
            assert headers["Access-Control-Max-Age"] == "600"
            status, _, headers = await client.ask("/guarded", "OPTIONS", {"Origin": "https://evil.test", **PREFLIGHT})
            assert status == 204
            assert "Access-Control-Allow-Origin" not in headers
            assert not client.functions.events

    run(scenario)


def test_the_gateway_alone_speaks_of_cors() -> None:
    async def scenario() -> None:
        def shop(_event: Any) -> Any:
            return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}

        async with serving(shop, api=make_api(cors=CORS)) as client:
            for path, status in (("/open", 200), ("/guarded", 401), ("/nothing", 404)):
                answer = await client.ask(path, headers={"Origin": "https://shop.test"})
                assert answer[0] == status
                assert answer[2]["Access-Control-Allow-Origin"] == "https://shop.test"
                assert answer[2]["Access-Control-Expose-Headers"] == "etag"
            for headers in ({"Origin": "https://evil.test"}, {}):
                assert "Access-Control-Allow-Origin" not in (await client.ask("/open", headers=headers))[2]
        async with serving(shop) as client:
            assert (await client.ask("/open"))[2]["Access-Control-Allow-Origin"] == "*"

    run(scenario)


@pytest.mark.parametrize(
    ("cors", "allowed"),
    [
        (Cors(allow_origins=("*",)), "*"),
        (Cors(allow_origins=("*",), allow_credentials=True), "http://a.test"),
        (Cors(allow_origins=("http://*",)), "http://a.test"),
        (Cors(allow_origins=("https://*",)), None),
        (Cors(allow_origins=()), None),
    ],
)
def test_origins_may_be_wildcards(cors: Cors, allowed: str | None) -> None:
    async def scenario() -> None:
        async with serving(api=make_api(cors=cors)) as client:
            headers = (await client.ask("/open", headers={"Origin": "http://a.test"}))[2]
            assert headers.get("Access-Control-Allow-Origin") == allowed

    run(scenario)


def test_a_route_with_limits_of_its_own_is_throttled_by_them_alone() -> None:
    async def scenario() -> None:
        strict = {"POST /open": Throttle(rate=1, burst=1)}
        api = make_api(throttle=Throttle(rate=1, burst=2), route_throttles=strict)
        async with serving(api=api, clock=lambda: 0.0) as client:
            assert [(await client.ask("/open", "POST"))[0] for _ in range(3)] == [200, 429, 429]
            assert [(await client.ask("/open"))[0] for _ in range(3)] == [200, 200, 429]

    run(scenario)


def test_requests_beyond_the_bucket_are_throttled_until_it_fills_again() -> None:
    async def scenario() -> None:
        now = 0.0
        api = make_api(throttle=Throttle(rate=2, burst=3))
        async with serving(api=api, clock=lambda: now) as client:

            async def passed(requests: int) -> int:
                answers = [await client.ask("/open") for _ in range(requests)]
                refused = [answer for answer in answers if answer[0] != 200]
                assert all(answer[:2] == (429, {"message": "Too Many Requests"}) for answer in refused)
                return requests - len(refused)

            assert await passed(5) == 3
            now += 0.4
            assert await passed(2) == 0
            now += 0.7
            assert await passed(4) == 2
            now += 1000
            assert await passed(5) == 3

    run(scenario)


def test_a_function_that_takes_too_long_is_a_503() -> None:
    async def scenario() -> None:
        def shop(_event: Any) -> Any:
            return asyncio.get_running_loop().create_future()

        async with serving(shop, integration_timeout=0.05) as client:
            assert (await client.ask("/open"))[:2] == (503, {"message": "Service Unavailable"})

    run(scenario)


def test_bodies_over_ten_megabytes_and_events_over_six_are_a_413() -> None:
    async def scenario() -> None:
        def shop(_event: Any) -> Any:
            raise PayloadTooLargeError

        too_large = (413, {"message": "Request Entity Too Large"})
        async with serving(shop) as client:
            assert (await client.ask("/open", "POST", body=b"x" * (10 * 1024 * 1024 + 1)))[:2] == too_large
            assert not client.functions.events
            assert (await client.ask("/open", "POST", body=b"x" * 1024))[:2] == too_large
            assert len(client.functions.events) == 1

    run(scenario)


def test_a_chunked_body_without_a_length_is_limited_too() -> None:
    async def scenario() -> None:
        async with serving() as client:
            chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
            head = b"POST /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            answer = await exchange(client.port, head + chunk * 11 + b"0\r\n\r\n", end=False)
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert not client.functions.events

    run(scenario)


def test_a_client_that_waits_for_100_continue_gets_it() -> None:
    async def scenario() -> None:
        async with serving() as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(b"POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 100 ")
            await reader.readline()
            writer.write(b"{}")
            assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 200 ")
            writer.close()

    run(scenario)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\r\n\r\n",
        b"GET /open\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nshort",
        b"POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_reaches_no_function_and_the_front_goes_on(data: bytes) -> None:
    async def scenario() -> None:
        async with serving() as client:
            answer = await exchange(client.port, data)
            assert not answer or re.match(rb"HTTP/\d\.\d 400 ", answer)
            assert not answer or answer.endswith(b'\r\n\r\n{"message":"Bad Request"}')
            assert not client.functions.events
            assert (await client.ask("/open"))[0] == 200

    run(scenario)
