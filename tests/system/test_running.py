"""Running the shop: what it says, what it leaves behind, and what survives a killed process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.local.ports import free_port
from tests.system.conftest import processes
from tests.system.shop import DEADLINE_SECONDS, ROOT, Shop, Shopper, eventually, start

PARTS = ("functions", "layers", "scripts", "template.yaml", "samconfig.toml")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the local cloud needs, whose files may be edited."""
    folder = tmp_path_factory.mktemp("a checkout")  # with a space in its path
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".minishop"))
        else:
            shutil.copy(source, folder / part)
    return folder


@pytest.fixture(scope="module")
def copy(checkout: Path) -> Iterator[Shop]:
    """A shop that runs from the copy."""
    running = start(checkout, "--parameter-overrides", "PaymentRetrySeconds=1")
    yield running
    if running.process.poll() is None:
        running.stop()


def descendants(root: int) -> set[int]:
    found = {root}
    listed = processes()
    while True:
        more = {pid for pid, parent, _ in listed if parent in found} - found
        if not more:
            return found - {root}
        found |= more


def environments(shop: Shop) -> set[int]:
    """The processes of the functions: those that the worker process has forked."""
    workers = {pid for pid, _, command in processes() if "scripts.local.runtime.worker" in command}
    ours = descendants(shop.process.pid)
    return {pid for pid, parent, _ in processes() if pid in ours and parent in workers & ours}


def run(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.local", "start", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def test_an_edit_is_live_at_the_next_request(copy: Shop, checkout: Path) -> None:
    door = checkout / "functions/shipping/shipping/api.py"
    before = door.read_text()
    assert copy.get("/v1/shipping/health") == {"status": "ok", "service": "shipping"}
    door.write_text(before.replace('HealthAnswer(status="ok"', 'HealthAnswer(status="edited"'))
    assert copy.get("/v1/shipping/health")["status"] == "edited"
    door.write_text(before)
    assert copy.get("/v1/shipping/health")["status"] == "ok"


def test_a_broken_edit_says_so_and_the_next_one_mends_it(copy: Shop, checkout: Path) -> None:
    door = checkout / "functions/shipping/shipping/api.py"
    before = door.read_text()
    door.write_text(before + "\nthis is not Python\n")
    assert httpx.get(copy.url + "/v1/shipping/health", timeout=DEADLINE_SECONDS).status_code == 500
    door.write_text(before)
    assert copy.get("/v1/shipping/health")["status"] == "ok"


def test_its_consumer_crashed_at_any_point(copy: Shop) -> None:
    """Every process of a function that is found is killed while an order is on its way: nothing is lost."""
    killed: set[int] = set()
    with Shopper(copy) as shopper:
        shopper.be_guest()

        def order_while_killing() -> str | None:
            """An order on whose way something was killed; none when it was too quick for that."""
            shopper.put_in_cart(shopper.some_variant()["sku"], 1)
            order_id: str = shopper.order()["id"]

            def kill_and_look() -> bool:
                for pid in environments(copy) - killed:
                    killed.add(pid)
                    os.kill(pid, signal.SIGKILL)
                status = shopper.http.get(f"/v1/orders/{order_id}")
                confirmed = status.status_code == 200 and status.json()["status"] == "confirmed"
                return confirmed or len(killed) > 25

            eventually(kill_and_look, what="the order, or enough killing")
            return order_id if killed else None

        order_id = str(eventually(order_while_killing, what="an order that was not too quick"))
        confirmed = shopper.order_once(order_id, "confirmed")
        assert eventually(lambda: shopper.call("GET", f"/v1/orders/{order_id}")["shipments"], what="a shipment")
        (payment,) = shopper.call("GET", f"/v1/payments?order_id={order_id}")["items"]
        assert payment["captured"] == confirmed["totals"]["total"]
        assert confirmed["number"] in copy.mail(shopper.email, f"{confirmed['number']} is confirmed")["subject"]


def test_the_port_is_taken(copy: Shop) -> None:
    ended = run("--port", copy.url.rpartition(":")[2])
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "in use" in ended.stderr


def test_a_template_error_is_one_line_that_names_the_place(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text((ROOT / "template.yaml").read_text().replace("!Ref OrdersTable", "!Ref OrdersTabel", 1))
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    ended = run("--port", str(free_port()), "--template", str(broken))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "OrdersTabel" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--parameter-overrides", "NoSuchParameter=1"], "NoSuchParameter"),
        (["--parameter-overrides", "HoldSeconds=soon"], "HoldSeconds"),
        (["--port", "many"], "port"),
        (["--colour"], "--colour"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments: list[str], word: str) -> None:
    ended = run(*arguments)
    assert ended.returncode != 0
    assert ended.stderr.count("\n") == 1
    assert word in ended.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_is_left(how: signal.Signals, copy: Shop, checkout: Path) -> None:
    shop = copy if how is signal.SIGINT else start(checkout, "--no-seed")  # the last that is wanted of the copy
    shop.get("/v1/health")
    family = descendants(shop.process.pid)
    assert len(family) >= 4  # moto, the cache, the worker, a function
    code = shop.stop(how)
    assert code == (-signal.SIGKILL if how is signal.SIGKILL else 0)

    def gone() -> bool:
        return not {pid for pid, _, command in processes() if pid in family and "<defunct>" not in command}

    eventually(gone, what="the end of all its processes")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(shop.url.rpartition(":")[2]))) != 0
