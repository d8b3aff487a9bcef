"""Ports of this machine for servers that are about to be started."""

import random
import socket

NOT_GIVEN_OUT = range(20_000, 30_000)  # Linux gives connections that go out a port from 32768 on, macOS from 49152
_chance = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and that no connection takes until the servers do."""
    found: set[int] = set()
    while len(found) < count:
        port = _chance.choice(NOT_GIVEN_OUT)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.add(port)
    return list(found)


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]
