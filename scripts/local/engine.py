"""What is asked of Docker for `--api sam`: where this machine is, the functions' image, and what it lacks."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ASK_WITHIN = 15.0  # seconds
_RUN_WITHIN = 60.0  # seconds; the first container of an image takes its time
_REGISTRY = "public.ecr.aws/lambda"
# Part of libc since glibc 2.34, and left empty for programs that still name them; lean images leave them out.
_MERGED = ("libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1")
_PROBE = """
import ctypes, json, sys
def is_lacking(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return True
    return False
mapped = (line.split()[-1] for line in open("/proc/self/maps"))
libc = next((path for path in mapped if path.endswith("/libc.so.6")), "")
print(json.dumps({"libc": libc, "lacking": [name for name in sys.argv[1:] if libc and is_lacking(name)]}))
"""


class SamError(Exception):
    """The API cannot be served in containers; one line."""


@dataclass(frozen=True)
class Reach:
    """How containers reach this machine: under `name`; `bind` is the address to listen on, "" for the loop-back."""

    name: str
    bind: str


@dataclass(frozen=True)
class Image:
    """The image that a function's container starts from; `libc` is its path there, `lacking` what libc stands for."""

    name: str
    libc: str = ""
    lacking: tuple[str, ...] = ()


def find_reach() -> Reach:
    """Ask Docker. Raises SamError when there is none."""
    system = _ask_docker("info", "--format", "{{.OperatingSystem}}")
    if "Docker Desktop" in system or sys.platform == "darwin":  # the engine is in a virtual machine
        return Reach("host.docker.internal", "")
    network = json.loads(_ask_docker("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}"))[0]
    # The bridge's gateway is this machine; it has the network's first address when Docker does not name it.
    gateway = network.get("Gateway") or str(next(ipaddress.ip_network(network["Subnet"]).hosts()))
    return Reach(gateway, gateway)


def image_name(source: Mapping[str, Any], parameters: Mapping[str, str | list[str]]) -> str:
    """The image of the runtime and architecture that a template's Globals name, as SAM calls it."""
    settings = source.get("Globals", {}).get("Function", {})
    architecture = next(iter(settings.get("Architectures", ["x86_64"])))
    if isinstance(architecture, dict):
        architecture = parameters[architecture["Ref"]]
    return f"{_REGISTRY}/{str(settings.get('Runtime', 'python3.13')).replace('python', 'python:')}-{architecture}"


def has_image(name: str) -> bool:
    """Whether the image is on this machine."""
    return _docker(("image", "inspect", name), _ASK_WITHIN).returncode == 0


def pull_command(name: str) -> list[str]:
    """What fetches an image; its progress is printed."""
    return ["docker", "pull", name]


def probe_image(name: str) -> Image:
    """Start the image once, to see what it lacks. Raises SamError."""
    python = "/var/lang/bin/" + name.rpartition("/")[2].partition("-")[0].replace(":", "")
    command = ("run", "--rm", "--network", "none", "--entrypoint", python, name, "-c", _PROBE, *_MERGED)
    done = _docker(command, _RUN_WITHIN)
    if done.returncode:
        raise SamError(f"--api sam cannot start {name}: {_one_line(done.stderr)}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Image(name, found["libc"], tuple(found["lacking"]))


def write_missing_libraries(image: Image, layer: Path) -> None:
    """Write a layer of what the image lacks: links to its libc, which holds all that those libraries held.

    The links are relative to where the layer is mounted (/opt/lib): here they lead nowhere, so that SAM packs them as
    links and does not put this machine's own libc in their place.
    """
    folder = layer / "lib"
    folder.mkdir(parents=True, exist_ok=True)
    for name in image.lacking:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to("../.." + image.libc)


def _ask_docker(*arguments: str) -> str:
    done = _docker(arguments, _ASK_WITHIN)
    if done.returncode:
        raise SamError(f"--api sam needs Docker, and none answers: {_one_line(done.stderr)}")
    return done.stdout


def _docker(arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the supervisor's to handle
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SamError(f"--api sam needs Docker, and none answers: {_one_line(str(error))}") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
