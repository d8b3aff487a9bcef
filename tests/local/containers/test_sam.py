"""What is prepared for `sam local start-api`, and the go-betweens around it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from scripts.local.containers.bridge import Bridge, Proxy
from scripts.local.containers.engine import Reach
from scripts.local.containers.refusals import HANDLER_VARIABLE, handler
from scripts.local.containers.sam import container_variables, variables_file, write_template
from scripts.local.ports import free_ports
from scripts.local.template.model import Authorizer, HttpApi, Route, Stack
from tests.local.hand_made import make_function, make_stack

BUILT = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Cache: {Type: String, Default: none}
  SnapStart: {Type: String, Default: "off"}
Globals:
  Function: {Runtime: python3.13, Timeout: 10}
Resources:
  PublicApi:
    Type: AWS::Serverless::HttpApi
    Properties:
      AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn}
      Auth: {DefaultAuthorizer: Gate}
  InternalApi: {Type: AWS::Serverless::HttpApi}
  Table: {Type: AWS::DynamoDB::Table}
  Layer: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: Layer}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: Orders
      Handler: orders.handler
      Role: !GetAtt OrdersRole.Arn
      Layers: [!Ref Layer]
      Environment: {Variables: {TABLE: !Ref Table, CACHE: !If [NoCache, "", !Ref Cache]}}
      Events:
        Place: {Type: HttpApi, Properties: {ApiId: !Ref PublicApi, Path: /orders, Method: POST}}
        Read: {Type: HttpApi, Properties: {ApiId: !Ref InternalApi, Path: /internal/orders, Method: GET}}
        Inbox: {Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}
  Gatekeeper: {Type: "AWS::Serverless::Function", Properties: {CodeUri: Gatekeeper, Handler: gate.handler}}
  Internal: {Type: "AWS::Serverless::Function", Properties: {CodeUri: Internal, Handler: internal.handler}}
"""
GATE = """
def handler(event, context):
    if "raise" in event:
        raise Exception(event["raise"])
    return event
"""
REACH = Reach("172.17.0.1", "172.17.0.1")


def make_shop() -> Stack:
    gate = Authorizer("Gate", "Gatekeeper", ("$request.header.Authorization",), 300)
    public = HttpApi("PublicApi", "a1", 3000, (Route("POST /orders", "Orders", "Gate"),), {"Gate": gate}, None, None)
    environment = {
        "TABLE": "the-table",
        "CACHE": "",
        "ORDERS_URL": "http://127.0.0.1:43002",
        "PUBLIC_URL": "http://127.0.0.1:3000",
    }
    orders = make_function("Orders", environment=environment)
    stack = make_stack(orders, make_function("Gatekeeper"), make_function("Internal"), apis={"PublicApi": public})
    return replace(stack, endpoint="http://127.0.0.1:43001", parameters={"Cache": "url", "SnapStart": "on"})


def test_sam_gets_the_public_api_alone_with_every_variable_resolved(tmp_path: Path) -> None:
    built = tmp_path / "template.yaml"
    built.write_text(BUILT)
    path = write_template(make_shop(), "PublicApi", REACH, [43001, 43002], built)
    assert path.parent == tmp_path  # CodeUri is relative to it
    template: Any = json.loads(path.read_text())
    assert set(template["Resources"]) == {"PublicApi", "Layer", "Orders", "Gatekeeper", "RefusalsLayer"}
    assert template["Resources"]["PublicApi"]["Properties"] == {"Auth": {"DefaultAuthorizer": "Gate"}}
    orders = template["Resources"]["Orders"]["Properties"]
    assert set(orders["Events"]) == {"Place"}
    assert "Role" not in orders
    assert orders["CodeUri"] == "Orders"
    assert orders["Environment"]["Variables"]["TABLE"] == "the-table"
    assert template["Parameters"]["Cache"]["Default"] == "url"
    assert template["Parameters"]["SnapStart"]["Default"] == "off"  # SAM would find no authorizer behind the alias
    # SAM lets this shell's variables win over the template's, but not over this file's.
    given = json.loads(variables_file(path).read_text())
    assert given["Orders"] == orders["Environment"]["Variables"]


def test_an_authorizer_in_a_container_says_no_where_it_would_raise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "template.yaml"
    built.write_text(BUILT)
    template: Any = json.loads(write_template(make_shop(), "PublicApi", REACH, [], built).read_text())
    gatekeeper = template["Resources"]["Gatekeeper"]["Properties"]
    assert gatekeeper["Handler"] == "refusals.handler"
    assert gatekeeper["Layers"] == [{"Ref": "RefusalsLayer"}]
    assert gatekeeper["Environment"]["Variables"][HANDLER_VARIABLE] == "gate.handler"
    assert (
        tmp_path / template["Resources"]["RefusalsLayer"]["Properties"]["ContentUri"] / "python/refusals.py"
    ).exists()

    (tmp_path / "gate.py").write_text(GATE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(HANDLER_VARIABLE, "gate.handler")
    assert handler({"isAuthorized": True}, None) == {"isAuthorized": True}
    assert handler({"raise": "Unauthorized"}, None) == {"isAuthorized": False}
    with pytest.raises(Exception, match="no key"):
        handler({"raise": "no key"}, None)


def test_a_container_sees_this_machine_under_another_name() -> None:
    values = container_variables(make_shop(), "Orders", REACH, [43001, 43002])
    assert values["AWS_ENDPOINT_URL"] == "http://172.17.0.1:43001"
    assert values["ORDERS_URL"] == "http://172.17.0.1:43002"
    assert values["PUBLIC_URL"] == "http://127.0.0.1:3000"  # shoppers follow it, not functions
    assert values["CACHE"] == ""
    assert values["AWS_ACCESS_KEY_ID"]
    assert "PATH" not in values


async def _echo(request: web.BaseRequest) -> web.Response:
    body = await request.read()
    headers = {"X-Path": request.raw_path, "X-Method": request.method, "Set-Cookie": "a=b"}
    return web.Response(status=418, body=body, headers=headers)


Answer = Callable[[web.BaseRequest], Awaitable[web.Response]]


async def _serve(port: int, answer: Answer = _echo) -> web.ServerRunner:
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def _page(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="a page")


def test_the_proxy_passes_requests_on_as_they_are_and_answers_its_own_pages() -> None:
    async def scenario() -> None:
        upstream, port = free_ports(2)
        runner = await _serve(upstream)
        proxy = Proxy(port, f"http://127.0.0.1:{upstream}", _page)
        await proxy.start()
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as client:
            async with client.post(f"{url}/a%2Fb?q=1%2B1", data=b"\x00body") as answer:
                assert answer.status == 418
                assert answer.headers["X-Path"] == "/a%2Fb?q=1%2B1"
                assert answer.headers["X-Method"] == "POST"
                assert answer.headers["Set-Cookie"] == "a=b"
                assert await answer.read() == b"\x00body"
            async with client.get(f"{url}/_local/mailbox") as answer:
                assert await answer.text() == "a page"
            await runner.cleanup()
            async with client.get(url) as answer:
                assert answer.status == 503
        await proxy.close()

    asyncio.run(scenario())


def test_the_proxy_sends_one_request_after_the_other() -> None:
    under_way = 0

    async def serve(request: web.BaseRequest) -> web.Response:
        nonlocal under_way
        under_way += 1
        most.append(under_way)
        for _ in range(10):
            await asyncio.sleep(0)
        under_way -= 1
        return web.Response(text=request.headers["X-Request-Id"])

    most: list[int] = []

    async def scenario() -> None:
        upstream, port = free_ports(2)
        runner = await _serve(upstream, serve)
        proxy = Proxy(port, f"http://127.0.0.1:{upstream}", _page)
        await proxy.start()

        async def ask(**headers: str) -> str:
            async with client.get(f"http://127.0.0.1:{port}/", headers=headers) as answer:
                return await answer.text()

        async with aiohttp.ClientSession() as client:
            ids = await asyncio.gather(*(ask() for _ in range(5)), ask(**{"X-Request-Id": "my-own-id"}))
        assert len(set(ids)) == 6  # SAM would give all of them the same
        assert ids[-1] == "my-own-id"
        await proxy.close()
        await runner.cleanup()

    asyncio.run(scenario())
    assert most == [1] * 6


def test_a_refusal_by_sam_gets_the_status_of_api_gateway() -> None:
    async def refuse(_request: web.BaseRequest) -> web.Response:
        text = '{"message":"User is not authorized to access this resource"}\n'
        return web.Response(status=403, text=text, content_type="application/json")

    async def scenario() -> None:
        upstream, port = free_ports(2)
        runner = await _serve(upstream, refuse)
        proxy = Proxy(port, f"http://127.0.0.1:{upstream}", _page)
        await proxy.start()
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 401
            assert await answer.json() == {"message": "Unauthorized"}
        await proxy.close()
        await runner.cleanup()

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform == "darwin", reason="Docker Desktop needs no bridge, and macOS has no 127.0.0.2")
def test_the_bridge_carries_both_ways_and_outlives_a_dead_end() -> None:
    async def scenario() -> None:
        upstream, dead = free_ports(2)
        runner = await _serve(upstream)
        bridge = Bridge("127.0.0.2", [upstream, dead])
        await bridge.start()
        async with aiohttp.ClientSession() as client:
            async with client.post(f"http://127.0.0.2:{upstream}/x", data=b"y" * 300_000) as answer:
                assert len(await answer.read()) == 300_000
            with pytest.raises(aiohttp.ClientError):
                await client.get(f"http://127.0.0.2:{dead}/")
        await bridge.close()
        await runner.cleanup()

    asyncio.run(scenario())
