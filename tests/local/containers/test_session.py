"""What `--api sam` asks of Docker and of the build, before anything is started."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.local.containers import session as containers
from scripts.local.containers.built import build_command, is_stale, run
from scripts.local.containers.engine import Reach, SamError, complete_image, find_reach, image_name
from scripts.local.containers.session import Containers, find_image, prepare_containers
from scripts.local.options import OptionsError, read_options
from scripts.local.ports import free_ports
from scripts.packages import architecture
from tests.local.hand_made import make_stack

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
TEMPLATE: dict[str, Any] = {
    "Globals": {"Function": {"Runtime": "python3.13", "Architectures": [{"Ref": "Architecture"}]}}
}
PARAMETERS: dict[str, str | list[str]] = {"Architecture": "x86_64"}


class FakeDocker:
    """A `docker` on PATH that answers by its first words, and writes down what it was asked and told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = folder / "docker"
        self._cases: list[str] = []

    def answers(self, words: str, output: str = "", *, code: int = 0, told: str = "") -> None:
        """What it says to a command that begins so, from now on; what comes on standard input is kept as `told`."""
        keep = f'cat > "{self._folder}/{told}"; ' if told else ""
        stream = ">&2" if code else ""
        self._cases.insert(0, f"case \"$*\" in '{words}'*) {keep}echo '{output}' {stream}; exit {code};; esac")
        self._program.write_text("\n".join(["#!/bin/sh", f'echo "$*" >> "{self._folder}/asked"', *self._cases]))
        self._program.chmod(0o755)

    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()

    def told(self, name: str) -> str:
        return (self._folder / name).read_text()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    return FakeDocker(tmp_path)


@pytest.mark.parametrize("missing", ["the program", "the engine"])
def test_without_docker_the_error_is_one_line(
    missing: str, docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "the program":
        monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    else:
        docker.answers("info", "Cannot connect to\nthe Docker daemon", code=1)
    with pytest.raises(SamError, match="needs Docker, and none answers") as caught:
        find_reach()
    assert "\n" not in str(caught.value)


def test_containers_reach_this_machine_at_the_gateway_of_their_network(docker: FakeDocker) -> None:
    docker.answers("info", "Debian GNU/Linux 12 (bookworm)")
    docker.answers("network inspect bridge", '[{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]')
    assert find_reach() == Reach("172.17.0.1", "172.17.0.1")


def test_the_gateway_has_the_first_address_where_docker_does_not_name_it(docker: FakeDocker) -> None:
    docker.answers("info", "Debian GNU/Linux 12 (bookworm)")
    docker.answers("network inspect bridge", '[{"Subnet": "172.19.0.0/16"}]')
    assert find_reach() == Reach("172.19.0.1", "172.19.0.1")


def test_an_engine_in_a_virtual_machine_has_a_name_for_this_one(
    docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.answers("info", "Docker Desktop")
    assert find_reach() == Reach("host.docker.internal", "")
    docker.answers("info", "Ubuntu 24.04")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_reach() == Reach("host.docker.internal", "")


def test_the_image_is_that_of_the_templates_runtime_and_architecture() -> None:
    assert image_name(TEMPLATE, PARAMETERS) == IMAGE
    assert image_name(TEMPLATE, {"Architecture": "arm64"}) == "public.ecr.aws/lambda/python:3.13-arm64"
    assert image_name({"Globals": {"Function": {"Runtime": "python3.14"}}}, {}).endswith("python:3.14-x86_64")


def test_an_image_that_lacks_nothing_is_used_as_it_is(docker: FakeDocker) -> None:
    docker.answers("run", '{"libc": "/lib64/libc.so.6", "lacking": []}')
    assert complete_image(IMAGE) == IMAGE
    assert [line for line in docker.asked() if line.startswith("build")] == []


def test_an_image_gets_links_to_libc_for_the_libraries_that_it_lacks(docker: FakeDocker) -> None:
    docker.answers("run", '{"libc": "/usr/lib/libc.so.6", "lacking": ["libdl.so.2", "librt.so.1"]}')
    docker.answers("build", "sha256:1", told="recipe")
    assert complete_image(IMAGE) == "minishop/lambda-python:3.13-x86_64"
    assert docker.told("recipe") == (
        f"FROM {IMAGE}\nRUN cd /usr/lib && ln -s /usr/lib/libc.so.6 libdl.so.2 && ln -s /usr/lib/libc.so.6 librt.so.1\n"
    )


def test_an_image_that_does_not_start_is_named(docker: FakeDocker) -> None:
    docker.answers("run", "exec format error", code=1)
    with pytest.raises(SamError, match=rf"cannot use the image {IMAGE}: exec format error"):
        complete_image(IMAGE)


def test_an_image_is_fetched_only_when_it_is_not_here(docker: FakeDocker) -> None:
    docker.answers("image inspect", "[]")
    docker.answers("run", '{"libc": "", "lacking": []}')
    said: list[str] = []
    assert asyncio.run(find_image(IMAGE, said.append)) == IMAGE
    assert said == []
    assert not [line for line in docker.asked() if line.startswith("pull")]


@pytest.mark.parametrize(("code", "outcome"), [(0, IMAGE), (1, "cannot be fetched")])
def test_an_image_that_is_not_here_is_fetched_or_named(docker: FakeDocker, code: int, outcome: str) -> None:
    docker.answers("image inspect", "no such image", code=1)
    docker.answers("pull", "no such host", code=code)
    docker.answers("run", '{"libc": "", "lacking": []}')
    said: list[str] = []
    if code:
        with pytest.raises(SamError, match=outcome):
            asyncio.run(find_image(IMAGE, said.append))
    else:
        assert asyncio.run(find_image(IMAGE, said.append)) == outcome
    assert said == [f"fetching {IMAGE}"]


def make_build(root: Path, architecture: str = "x86_64") -> Path:
    (root / "functions").mkdir(parents=True)
    (root / "functions" / "code.py").write_text("")
    (root / "template.yaml").write_text("")
    built = root / ".aws-sam" / "build" / "template.yaml"
    built.parent.mkdir(parents=True)
    built.write_text("")
    os.utime(built, (time.time() + 60, time.time() + 60))
    (root / ".aws-sam" / "build.toml").write_text(f'[function_build_definitions.a]\narchitecture = "{architecture}"\n')
    return built


def test_a_build_is_stale_when_a_source_is_newer_or_it_is_for_another_architecture(tmp_path: Path) -> None:
    built = make_build(tmp_path)
    assert not is_stale("x86_64", built, tmp_path)
    assert is_stale("arm64", built, tmp_path)
    os.utime(tmp_path / "functions" / "code.py", (time.time() + 120, time.time() + 120))
    assert is_stale("x86_64", built, tmp_path)


def test_there_is_nothing_newer_than_byte_code_and_nothing_staler_than_no_build(tmp_path: Path) -> None:
    built = make_build(tmp_path)
    (tmp_path / "functions" / "code.pyc").write_text("")
    os.utime(tmp_path / "functions" / "code.pyc", (time.time() + 120, time.time() + 120))
    assert not is_stale("x86_64", built, tmp_path)
    built.unlink()
    assert is_stale("x86_64", built, tmp_path)


def test_the_build_is_for_the_architecture_that_is_asked_for() -> None:
    assert architecture(build_command("arm64")) == "arm64"
    assert architecture(build_command("x86_64")) == "x86_64"


PARENT = """
import pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
child.wait()
"""


def test_a_program_that_is_given_up_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)

    async def scenario() -> int:
        task = asyncio.create_task(run([sys.executable, "-c", PARENT, str(started)]))
        child = int(await asyncio.to_thread(started.read_text))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return child

    child = asyncio.run(scenario())
    deadline = time.monotonic() + 60
    while _runs(child):
        assert time.monotonic() < deadline


def test_a_program_that_ends_by_itself_gives_its_status() -> None:
    assert asyncio.run(run([sys.executable, "-c", "raise SystemExit(7)"])) == 7


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # nobody may have taken its exit status yet
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def prepare(docker: FakeDocker, tmp_path: Path, said: list[str]) -> Containers:
    docker.answers("info", "Docker Desktop")
    docker.answers("image inspect", "[]")
    docker.answers("run", '{"libc": "", "lacking": []}')
    return asyncio.run(prepare_containers(TEMPLATE, PARAMETERS, tmp_path / "sam.log", said.append))


@pytest.mark.parametrize("stale", [True, False])
def test_what_is_stale_is_built_before_anything_is_started(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stale: bool
) -> None:
    built = tmp_path / "built"
    monkeypatch.setattr(containers, "is_stale", lambda wanted: stale and wanted == "x86_64")
    monkeypatch.setattr(containers, "build_command", lambda _: ["touch", str(built)])
    said: list[str] = []
    assert prepare(docker, tmp_path, said).is_healthy()
    assert built.exists() is stale
    assert len(said) == (2 if stale else 0)


def test_a_build_that_fails_is_one_line(docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "is_stale", lambda _: True)
    monkeypatch.setattr(containers, "build_command", lambda _: ["false"])
    with pytest.raises(SamError, match="the build failed"):
        prepare(docker, tmp_path, [])


def test_an_engine_on_another_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Reach("192.0.2.1", "192.0.2.1")  # an address that nobody has
    monkeypatch.setattr(containers, "write_template", lambda *_: tmp_path / "template.json")
    served = Containers(elsewhere, IMAGE, tmp_path / "sam.log")

    async def serve() -> None:
        await served.serve(make_stack(), "PublicApi", sam_port=1, reachable=free_ports(1), pages=None)  # type: ignore[arg-type]

    with pytest.raises(SamError, match=r"Docker engine of this machine.*192\.0\.2\.1"):
        asyncio.run(serve())


def test_another_template_than_what_is_built_is_not_asked_of_sam(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=r"template\.yaml, and no other"):
        read_options(["--api", "sam", "--template", str(tmp_path / "other.yaml")], {})
