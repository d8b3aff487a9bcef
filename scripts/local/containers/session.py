"""`--api sam` from first to last: Docker is asked, what is stale is built, SAM started and the port served."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from scripts.local.containers.bridge import Bridge, LocalPages, Proxy
from scripts.local.containers.built import build_command, is_stale, run
from scripts.local.containers.engine import (
    Reach,
    SamError,
    complete_image,
    find_reach,
    has_image,
    image_name,
    pull_command,
)
from scripts.local.containers.sam import SamProcess, write_template
from scripts.local.template.model import Stack

Say = Callable[[str], None]


class Containers:
    """The functions of one API in containers. Made by `prepare_containers`."""

    def __init__(self, reach: Reach, image: str, output: Path) -> None:
        self._reach = reach
        self._image = image
        self._output = output
        self._closers = AsyncExitStack()
        self._sam: SamProcess | None = None

    async def serve(
        self, stack: Stack, api: str, *, sam_port: int, reachable: Sequence[int], pages: LocalPages
    ) -> None:
        """Serve an API on its port by way of SAM on another. Raises SamError, ChildError.

        `reachable` are the ports of this machine that functions call.
        """
        template = write_template(stack, api, self._reach, reachable)
        if self._reach.bind:
            await self._open_bridge(Bridge(self._reach.bind, reachable))
        self._sam = SamProcess(template, self._image, sam_port, self._output)
        self._closers.push_async_callback(asyncio.to_thread, self._sam.close)
        await asyncio.to_thread(self._sam.wait_until_ready)
        proxy = Proxy(stack.apis[api].port, self._sam.url, pages)
        await proxy.start()
        self._closers.push_async_callback(proxy.close)

    def is_healthy(self) -> bool:
        """Whether SAM runs, once it has been started."""
        return self._sam is None or self._sam.is_running()

    async def close(self) -> None:
        """Stop serving and remove the containers."""
        await self._closers.aclose()

    async def _open_bridge(self, bridge: Bridge) -> None:
        try:
            await bridge.start()
        except OSError as error:
            await bridge.close()
            reason = f"containers would call this machine at {self._reach.bind}, which is no address of it"
            raise SamError(f"--api sam needs a Docker engine of this machine: {reason} ({error.strerror})") from error
        self._closers.push_async_callback(bridge.close)


async def prepare_containers(
    source: dict[str, Any], parameters: Mapping[str, str | list[str]], output: Path, say: Say
) -> Containers:
    """Find Docker and the functions' image, build what is stale; before anything else is started. Raises SamError.

    `source` is the template, `parameters` its values, `output` where SAM and the functions log to.
    """
    reach = await asyncio.to_thread(find_reach)
    image = await find_image(image_name(source, parameters), say)
    architecture = image.rpartition("-")[2]
    if await asyncio.to_thread(is_stale, architecture):
        say("building layers and functions for containers; the first time takes minutes")
        if await run(build_command(architecture)):
            raise SamError("the build failed; what it said is above")
        say("layers and functions are built")
    return Containers(reach, image, output)


async def find_image(name: str, say: Say) -> str:
    """The image to start from, fetched when it is not on this machine. Raises SamError."""
    if not await asyncio.to_thread(has_image, name):
        say(f"fetching {name}")
        if await run(pull_command(name)):
            raise SamError(f"--api sam needs the image {name}, which is not here and cannot be fetched")
    return await asyncio.to_thread(complete_image, name)
