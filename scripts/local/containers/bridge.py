"""Small TCP and HTTP go-betweens for containers: they reach this machine, and the shop stays on its port."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Iterable

import aiohttp
from aiohttp import web
from yarl import URL

_CHUNK = 65536
_TIMEOUT = aiohttp.ClientTimeout(total=60)  # seconds; a container's first answer takes some
# Headers that are about one connection, and those that the client sets by itself.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-connection"})
_REFUSED_BY_SAM = b'{"message":"User is not authorized to access this resource"}\n'  # 403; see refusals.py

LocalPages = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Bridge:
    """Lets containers reach ports of the loop-back interface: the same ports on the address that they see."""

    def __init__(self, address: str, ports: Iterable[int]) -> None:
        self._address = address
        self._ports = tuple(ports)
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Listen. Raises OSError."""
        for port in self._ports:
            self._servers.append(await asyncio.start_server(self._carrier(port), self._address, port))

    async def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()

    def _carrier(self, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers = [writer]
            try:
                there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
                writers.append(there_writer)
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
            except OSError:
                return  # nobody listens there: the container's connection is closed
            finally:
                for each in writers:
                    each.close()

        return carry


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class Proxy:
    """The public port: `/_local` is answered here, all else by whoever serves the API elsewhere.

    One request at a time: the emulator in a Lambda container dies when two overlap, and the authorizer's is in every
    request.
    """

    def __init__(self, port: int, upstream: str, pages: LocalPages) -> None:
        self._port = port
        self._upstream = upstream
        self._pages = pages
        self._turn = asyncio.Lock()
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError."""
        self._client = aiohttp.ClientSession(auto_decompress=False, timeout=_TIMEOUT)
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def close(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()
        if self._client:
            await self._client.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/_local" or request.path.startswith("/_local/"):
            return await self._pages(request)
        assert self._client
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP | {"host"}]
        if "X-Request-Id" not in request.headers:
            headers.append(("X-Request-Id", str(uuid.uuid4())))  # SAM gives all its requests one and the same id
        try:
            url, body = URL(self._upstream + request.raw_path, encoded=True), await request.read()
            async with (
                self._turn,
                self._client.request(request.method, url, headers=headers, data=body, allow_redirects=False) as answer,
            ):
                kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP]
                response = web.Response(status=answer.status, body=await answer.read())
                if response.body == _REFUSED_BY_SAM:
                    response = web.json_response({"message": "Unauthorized"}, status=401)
        except (aiohttp.ClientError, TimeoutError) as error:
            return web.json_response({"message": "Service Unavailable", "detail": repr(error)}, status=503)
        response.headers.clear()
        for name, value in kept:
            if name.lower() != "content-length":
                response.headers.add(name, value)
        return response
