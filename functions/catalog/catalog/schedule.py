"""The catalogue's clock door."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from catalog.domain.images import AwaitedImage
from catalog.domain.imports import Import
from catalog.domain.stock import Reservation
from catalog.use_cases import buckets, exports, images, imports, stock
from catalog.wiring import export_ports, image_ports, import_ports, ports, search
from minishop.correlation import Correlation, correlation
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.ids import derived_id
from minishop.observability import correlated, logger
from minishop.sweeps import sweep

T = TypeVar("T")
ACTOR = "service:catalog"
MANY_CHANGES = 200  # so many are quickly read by an environment that starts from the last snapshot
MAX_CHANGES = 20_000  # in one run
WORK_FOR = timedelta(seconds=50)  # until the next run begins


def _every(items: Iterable[T], do: Callable[[T], int], scope: Callable[[T], Correlation]) -> int:
    return sweep(items, do, scope=scope, clock=ports().clock, lasting=WORK_FOR)


def expire_reservations() -> int:
    """Gives back holds that have run out, each as part of its own purchase; how many."""

    def scope(reservation: Reservation) -> Correlation:
        cause = derived_id("run", reservation.order_id, str(reservation.version))
        return Correlation(reservation.correlation_id, cause, ACTOR)

    return _every(stock.due_reservations(ports()), partial(stock.expire_reservation, ports()), scope)


def settle_buckets() -> int:
    """Keeps the buckets of SKUs that sell fast even, and closes those that are to go; of how many SKUs."""

    def settle(sku: str) -> int:
        try:
            buckets.settle_buckets(ports(), sku)
        except ConcurrentUpdateError:
            logger().info("somebody else changes the buckets", sku=sku)
        return 1

    return _every(buckets.bucketed_skus(ports()), settle, lambda _sku: correlation())


def save_search_index() -> int:
    """Writes the next snapshot of the search index, if it is time; how many products are in it."""
    try:
        return search().save_snapshot(at_least=MANY_CHANGES, at_most=MAX_CHANGES)
    except ConcurrentUpdateError:
        logger().info("another run wrote the index")
        return 0


def take_images_in() -> int:
    """Adds pictures that were uploaded to their products, each in the name of who asked for it; how many."""

    def take(image: AwaitedImage) -> int:
        try:
            return images.take_image_in(image_ports(), image)
        except StaleVersionError:
            logger().info("the product keeps changing", product_id=image.product_id)
            return 0

    def scope(image: AwaitedImage) -> Correlation:
        return Correlation(image.correlation_id, derived_id("run", image.id), image.actor)

    return _every(images.awaited_images(image_ports()), take, scope)


def work_off_imports() -> int:
    """Works off imports for a while, each in the name of who asked for it; how many lines."""
    until = ports().clock.now() + WORK_FOR

    def work(job: Import) -> int:
        return imports.work_off(import_ports(), job, until=until).lines - job.lines

    def scope(job: Import) -> Correlation:
        return Correlation(job.correlation_id, derived_id("run", job.id, str(job.version)), job.actor)

    return _every(imports.unfinished_imports(import_ports()), work, scope)


def write_exports() -> int:
    """Writes the exports that were asked for; how many."""
    return exports.write_exports(export_ports())


TASKS = {
    "expire_reservations": expire_reservations,
    "settle_buckets": settle_buckets,
    "save_search_index": save_search_index,
    "take_images_in": take_images_in,
    "work_off_imports": work_off_imports,
    "write_exports": write_exports,
}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, int]:
    """Runs the task that the schedule names."""
    run = str(getattr(context, "aws_request_id", "schedule"))
    with correlated(Correlation(run, run, ACTOR)):
        done = TASKS[event["task"]]()
        logger().info("task done", task=event["task"], count=done)
    return {event["task"]: done}
