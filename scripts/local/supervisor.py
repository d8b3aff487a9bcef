"""Brings the local cloud up in order, and down again: moto, cache, deploy, functions, fronts, events, seed."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from scripts.local.aws.moto_client import MotoClient
from scripts.local.aws.moto_process import MotoProcess
from scripts.local.cache import Cache
from scripts.local.children import ROOT
from scripts.local.containers.session import Containers, prepare_containers
from scripts.local.demo.seed import seed
from scripts.local.deployment.deploy import deploy
from scripts.local.events.batches import Log, Wiring, in_turn
from scripts.local.events.plumbing import Plumbing
from scripts.local.front.server import PortInUseError, serve_api
from scripts.local.options import Options
from scripts.local.pages.routes import PageRequest, Pages
from scripts.local.ports import free_port, free_ports
from scripts.local.runtime.service import Runtime
from scripts.local.template.model import Stack
from scripts.local.template.parameters import parameter_values
from scripts.local.template.source import read_source

PUBLIC_API = "PublicApi"
_API_TYPES = frozenset({"AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"})
_CACHE_PARAMETERS = frozenset({"CartCache", "CartCacheUrl"})
_BATCHES_PER_CORE = 4  # of events, at once

Say = Callable[[str], None]


class Supervisor:
    """One local cloud. `say` gets a line for each step."""

    def __init__(self, options: Options, *, log: Log, say: Say) -> None:
        self._options = options
        self._log = log
        self._say = say
        self._stack_of_closers = AsyncExitStack()
        self._files = ROOT / ".minishop" / str(options.port)
        self._moto: MotoProcess | None = None
        self._cache_url = ""
        self._containers: Containers | None = None
        self.stack: Stack | None = None  # what is deployed, once it is

    async def start(self) -> str:
        """Start everything; the shop's URL. Raises TemplateError, PortInUseError, ChildError, SeedError, SamError."""
        options = self._options
        check_port(options.port)
        source = await asyncio.to_thread(read_source, options.template)
        definitions = source.get("Parameters") or {}
        values = parameter_values(definitions, options.overrides)  # says what is wrong before anything is started
        apis = [id_ for id_, each in source["Resources"].items() if each["Type"] in _API_TYPES]
        ports = dict(zip(apis, free_ports(len(apis)), strict=True)) | {PUBLIC_API: options.port}
        if options.api == "sam":
            self._containers = await prepare_containers(source, values, self._files / "sam.log", self._say)
        moto, cache = self._start_children(definitions)
        parameters = self._parameters(definitions, cache)
        await asyncio.gather(*(asyncio.to_thread(each.wait_until_ready) for each in (moto, cache) if each))
        endpoint = f"http://127.0.0.1:{moto.port}"
        self._say(f"moto is up at {endpoint}" + (", and a cache" if cache else ""))
        stack = await asyncio.to_thread(
            deploy,
            endpoint,
            template=options.template,
            parameters=parameters,
            api_ports=ports,
        )
        self._say(f"{len(stack.physical_ids)} resources and {len(stack.functions)} functions are deployed")
        await self._run(stack)
        return f"http://127.0.0.1:{options.port}"

    async def close(self) -> None:
        """Stop everything, the last started first."""
        await self._stack_of_closers.aclose()

    @property
    def lost(self) -> str:
        """What the shop cannot do without and has ended; "" while all runs."""
        if self._moto is None or not self._moto.is_running():
            return "moto"
        return "" if self._containers is None or self._containers.is_healthy() else "sam local start-api"

    def _start_children(self, definitions: Mapping[str, Any]) -> tuple[MotoProcess, Cache | None]:
        self._moto = MotoProcess(self._files / "moto.log")
        self._stack_of_closers.push_async_callback(asyncio.to_thread, self._moto.close)
        wanted = definitions.keys() >= _CACHE_PARAMETERS and "CartCache" not in self._options.overrides
        if not wanted or self._options.redis_url:
            return self._moto, None
        cache = Cache(free_port(), self._files / "cache.log")
        self._cache_url = cache.url
        self._stack_of_closers.push_async_callback(asyncio.to_thread, cache.close)
        return self._moto, cache

    def _parameters(self, definitions: Mapping[str, Any], cache: Cache | None) -> dict[str, str]:
        """The template's parameters: what only this start knows, below what the developer says."""
        known = {"PublicUrl": f"http://127.0.0.1:{self._options.port}"}
        url = cache.url if cache else self._options.redis_url
        if url:
            known |= {"CartCache": "url", "CartCacheUrl": url}
        return {name: value for name, value in known.items() if name in definitions} | dict(self._options.overrides)

    async def _run(self, stack: Stack) -> None:
        self.stack = stack
        closers = self._stack_of_closers
        runtime = Runtime(stack, log=self._log)
        closers.push_async_callback(runtime.close)
        await runtime.start()  # or the first request would wait for the libraries
        moto = await closers.enter_async_context(MotoClient(stack.endpoint, stack.region))
        background = in_turn(runtime.invoke, _BATCHES_PER_CORE * (os.cpu_count() or 1))
        wiring = Wiring(moto, background, self._log, stack.region, stack.account)
        plumbing = Plumbing(stack, wiring)
        pages = Pages(stack, moto, plumbing.scheduler)
        servers = {}
        for api in stack.apis.values():
            local_pages = _adapt(pages) if api.id == PUBLIC_API else None
            servers[api.id] = await serve_api(api, stack, runtime, local_pages)
            closers.push_async_callback(servers[api.id].close)
        plumbing.start()
        closers.push_async_callback(plumbing.close)
        self._say(f"{len(stack.apis)} APIs are served, events move")
        await seed(stack, moto, accounts=self._options.accounts, demo=self._options.demo, say=self._say)
        if self._containers:
            await servers[PUBLIC_API].close()
            closers.push_async_callback(self._containers.close)
            await self._containers.serve(
                stack,
                PUBLIC_API,
                sam_port=free_port(),
                reachable=self._ports_for_containers(stack),
                pages=_adapt(pages),
            )
            self._say(f"the containers log to {self._files.relative_to(ROOT)}/sam.log")

    def _ports_for_containers(self, stack: Stack) -> list[int]:
        urls = [stack.endpoint, self._cache_url]
        ports = [port for url in urls if url and (port := urlsplit(url).port)]
        return ports + [api.port for api in stack.apis.values() if api.id != PUBLIC_API]


def check_port(port: int) -> None:
    """Raise PortInUseError at once, not after everything else was started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortInUseError(f"port {port} is in use by another program; choose one with --port") from error


def _adapt(pages: Pages) -> Callable[[web.BaseRequest], Any]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        page = await pages.answer(PageRequest(request.method, request.rel_url.raw_path, request.query, headers, body))
        return web.Response(status=page.status, body=page.body, headers={"Content-Type": page.content_type})

    return answer


def progress(started: float, write: Callable[[str], Any], clock: Callable[[], float] = time.monotonic) -> Say:
    """Lines with the seconds since `started` before them."""
    return lambda text: write(f"[{clock() - started:5.1f} s] {text}")
