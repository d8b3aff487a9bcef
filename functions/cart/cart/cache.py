"""Carts in Redis, or nowhere. The table is the truth; nothing here may fail a request or bring back an old cart.

A value is `<version>:<JSON>`. A script sets it only over an older version, so that a slow reader's fill never
overwrites what a writer has put there since. Values live for 10 s: that bounds how long a cart is shown as it was
where a write did not come through, and where orders have changed it, whose functions do not reach Redis.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from snapshot_restore_py import register_after_restore

from cart.domain.carts import Cart
from minishop.breaker import Breaker, CircuitOpenError
from minishop.clock import Clock
from minishop.observability import logger

if TYPE_CHECKING:
    from redis import Redis

KEPT_SECONDS = 10
TIMEOUT_SECONDS = 0.05

_SET_NEWER = """
local held = redis.pcall('GET', KEYS[1])
local version = type(held) == 'string' and tonumber(string.match(held, '^(%d+):'))
if version and version > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class NoCache:
    """Implements `cart.use_cases.ports.Cache` for shops without Redis."""

    def get(self, owner: str) -> Cart | None:  # noqa: ARG002  it knows nobody
        """None."""
        return None

    def put(self, cart: Cart) -> None:
        """Nothing."""


class RedisCache:
    """Implements `cart.use_cases.ports.Cache` on Redis or Valkey."""

    def __init__(self, client: "Redis", clock: Clock) -> None:
        self._client = client
        self._breaker = Breaker(clock=clock)

    def get(self, owner: str) -> Cart | None:
        """One MGET, which reads a value of another type as none."""
        held = self._ask("MGET", _key(owner))
        raw = held[0] if isinstance(held, list) and held else None
        if not isinstance(raw, bytes):
            return None
        try:
            cart = msgspec.json.decode(raw.partition(b":")[2], type=Cart)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            logger().warning("the cache holds something else than a cart")
            return None
        return cart if cart.owner == owner else None

    def put(self, cart: Cart) -> None:
        """One EVAL."""
        value = str(cart.version).encode() + b":" + msgspec.json.encode(cart)
        self._ask("EVAL", _SET_NEWER, 1, _key(cart.owner), cart.version, value, KEPT_SECONDS)

    def _ask(self, *command: Any) -> Any:
        """The answer to a command; None when there is none in time."""
        from redis import RedisError

        execute: Callable[..., Any] = self._client.execute_command
        try:
            return self._breaker.run(lambda: execute(*command), counts=RedisError)
        except CircuitOpenError:
            return None
        except (RedisError, OSError, ValueError) as error:
            logger().warning("the cache does not answer", reason=type(error).__name__)
            return None


def _key(owner: str) -> str:
    return f"cart:{owner}"


def connect(url: str, clock: Clock) -> NoCache | RedisCache:
    """The cache at a `redis://` or `rediss://` URL; none when the URL is empty. Connects at the first use."""
    if not url:
        return NoCache()
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,  # or each new connection begins with two more commands
    )
    register_after_restore(client.connection_pool.disconnect)
    return RedisCache(client, clock)
