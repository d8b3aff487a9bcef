"""The front answers HTTP as API Gateway does, whatever the function says."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from scripts.local.front.server import PortInUseError, serve_api
from scripts.local.template.model import Route
from tests.local.hand_made import make_function, run, running, until
from tests.local.served import Client, FakeFunctions, exchange, failure, make_api, serving


def test_a_request_reaches_its_function_and_the_answer_its_client() -> None:
    async def scenario() -> None:
        def shop(event: Any) -> Any:
            return {"statusCode": 201, "headers": {"X-Thing": "ž"}, "cookies": ["a=1", "b=2"], "body": event["body"]}

        async with serving(shop) as client:
            status, answer, headers = await client.ask(
                "/open?a=1&a=2", "POST", {"Content-Type": "application/json"}, b'{"x": 1}'
            )
            assert (status, answer) == (201, {"x": 1})
            assert headers.getall("Set-Cookie") == ["a=1", "b=2"]  # type: ignore[attr-defined]
            assert headers["Apigw-Requestid"]
            event = client.functions.sent_to("Shop")[0]
            assert event["routeKey"] == "POST /open"
            assert event["queryStringParameters"] == {"a": "1,2"}
            assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
            assert event["requestContext"]["requestId"] == headers["Apigw-Requestid"]

    run(scenario)


def test_path_parameters_are_decoded() -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (await client.ask("/things/a%20b%C5%BE"))[0] == 200
            assert client.functions.sent_to("Shop")[0]["pathParameters"] == {"id": "a bž"}

    run(scenario)


def test_what_the_gateway_itself_answers() -> None:
    async def scenario() -> None:
        async with serving() as client:
            assert (await client.ask("/nothing"))[:2] == (404, {"message": "Not Found"})
            assert (await client.ask("/open", "DELETE"))[:2] == (404, {"message": "Not Found"})
            assert not client.functions.events

    run(scenario)


@pytest.mark.parametrize(
    "result", [failure("boom"), {"statusCode": "no"}, {"statusCode": 200, "headers": {"a": "b\nc"}}]
)
def test_a_function_that_fails_is_a_500(result: Any) -> None:
    async def scenario() -> None:
        async with serving(lambda _event: result) as client:
            assert (await client.ask("/open"))[:2] == (500, {"message": "Internal Server Error"})

    run(scenario)


def test_a_fault_of_the_front_itself_is_a_500_and_is_logged() -> None:
    async def scenario() -> None:
        def shop(_event: Any) -> Any:
            raise ZeroDivisionError

        async with serving(shop) as client:
            assert (await client.ask("/open"))[:2] == (500, {"message": "Internal Server Error"})
            assert any("ZeroDivisionError" in line.text for line in client.functions.lines)

    run(scenario)


def test_a_connection_is_kept_for_the_next_request() -> None:
    async def scenario() -> None:
        async with serving() as client:
            request = b"GET /open HTTP/1.1\r\nHost: a\r\n\r\n"
            last = b"GET /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            answer = await exchange(client.port, request + last, end=False)
            assert answer.count(b"HTTP/1.1 200 ") == 2

    run(scenario)


def test_a_whole_url_as_target_is_understood() -> None:
    async def scenario() -> None:
        async with serving() as client:
            request = b"GET http://a/open?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            assert (await exchange(client.port, request, end=False)).startswith(b"HTTP/1.1 200 ")
            assert client.functions.sent_to("Shop")[0]["rawQueryString"] == "x=1"

    run(scenario)


def test_head_and_bodiless_answers_have_no_body() -> None:
    async def scenario() -> None:
        api = make_api(routes=(Route("ANY /open", "Shop", None),))
        async with serving(lambda _event: {"statusCode": 200, "body": "four"}, api=api) as client:
            status, answer, headers = await client.ask("/open", "HEAD")
            assert (status, answer, headers["Content-Length"]) == (200, "", "4")
        async with serving(lambda _event: {"statusCode": 204}, api=api) as client:
            assert (await client.ask("/open", "DELETE"))[:2] == (204, "")

    run(scenario)


def test_a_port_in_use_is_one_clear_error() -> None:
    async def scenario() -> None:
        async with serving() as client:
            with pytest.raises(PortInUseError, match=f"port {client.port} is in use"):
                async with serving(api=make_api(port=client.port)):
                    pass

    run(scenario)


def test_local_pages_get_what_is_theirs_and_nothing_else() -> None:
    async def scenario() -> None:
        async def pages(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(text=f"page {request.path}")

        async with serving(local_pages=pages) as client:
            assert (await client.ask("/_local/mailbox?to=a"))[1] == "page /_local/mailbox"
            assert (await client.ask("/_local"))[1] == "page /_local"
            assert (await client.ask("/_locale"))[0] == 404
            assert (await client.ask("/open"))[0] == 200

    run(scenario)


def test_a_local_page_that_fails_is_a_500_and_is_logged() -> None:
    async def scenario() -> None:
        async def pages(_request: web.BaseRequest) -> web.StreamResponse:
            raise ZeroDivisionError

        async with serving(local_pages=pages) as client:
            assert (await client.ask("/_local/mailbox"))[:2] == (500, {"message": "Internal Server Error"})
            assert any("ZeroDivisionError" in line.text for line in client.functions.lines)

    run(scenario)


def test_real_functions_behind_a_real_authorizer() -> None:
    """The whole way once, with processes."""

    async def scenario() -> None:
        functions = (make_function("Shop"), make_function("Gatekeeper"))
        async with running(*functions) as cloud:
            server = await serve_api(make_api(), cloud.runtime.stack, cloud.runtime)
            try:
                async with aiohttp.ClientSession() as session:
                    client = Client(server, session, FakeFunctions({}))
                    status, answer, _ = await client.ask("/open?a=1")
                    assert (status, answer["event"]["rawQueryString"]) == (200, "a=1")
                    assert (await client.ask("/guarded"))[0] == 401
                    # The fixture answers anything but what an authorizer says.
                    assert (await client.ask("/guarded", headers={"Authorization": "x"}))[0] == 500
                    await until(lambda: any("GET /guarded 500" in text for text in cloud.texts()))
            finally:
                await server.close()

    run(scenario)
