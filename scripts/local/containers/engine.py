"""What is asked of Docker for `--api sam`: where this machine is, the functions' image, and what it lacks."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

_ASK_WITHIN = 15.0  # seconds
_RUN_WITHIN = 60.0  # seconds; the first container of an image takes its time
_REGISTRY = "public.ecr.aws/lambda"
_COMPLETED = "minishop/lambda-"
# Part of libc since glibc 2.34, and left empty there for the programs that still name them; lean images have none.
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


def complete_image(name: str) -> str:
    """The image itself, or one made from it with the libraries that it lacks. Raises SamError."""
    python = "/var/lang/bin/" + name.rpartition("/")[2].partition("-")[0].replace(":", "")
    found = json.loads(
        _start(name, "run", "--rm", "--network", "none", "--entrypoint", python, name, "-c", _PROBE, *_MERGED)
    )
    if not found["lacking"]:
        return name
    links = " && ".join(f"ln -s {found['libc']} {library}" for library in found["lacking"])
    recipe = f"FROM {name}\nRUN cd {PurePosixPath(found['libc']).parent} && {links}\n"
    completed = f"{_COMPLETED}{name.rpartition('/')[2]}"
    _start(name, "build", "--quiet", "--tag", completed, "-", standard_input=recipe)
    return completed


def _start(image: str, *arguments: str, standard_input: str = "") -> str:
    done = _docker(arguments, _RUN_WITHIN, standard_input)
    if done.returncode:
        raise SamError(f"--api sam cannot use the image {image}: {_one_line(done.stderr)}")
    return done.stdout


def _ask_docker(*arguments: str) -> str:
    done = _docker(arguments, _ASK_WITHIN)
    if done.returncode:
        raise SamError(f"--api sam needs Docker, and none answers: {_one_line(done.stderr)}")
    return done.stdout


def _docker(arguments: Sequence[str], seconds: float, standard_input: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            input=standard_input,
            start_new_session=True,  # Ctrl-C is the supervisor's to handle
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SamError(f"--api sam needs Docker, and none answers: {_one_line(str(error))}") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
