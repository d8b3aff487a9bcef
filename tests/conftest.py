"""What every suite needs: no credentials but made-up ones, and a correlation to work in."""

import os
import re
import sqlite3
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
os.environ.setdefault("ROLE_PREFIX", "minishop-")

from minishop.correlation import Correlation
from minishop.observability import correlated

LAST_WRITER_SECONDS = 5.0


def is_whole(measurement: Path) -> bool:
    """Whether a process got to the end of writing what it had measured; one that a test killed may not have.

    The version comes after the tables that it is of, and pages are written in no order: coverage keeps no journal.
    """
    try:
        with closing(sqlite3.connect(measurement)) as database:
            version = database.execute("SELECT version FROM coverage_schema").fetchone()
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error:
        return False
    return version is not None and found == "ok"


def is_being_written(measurement: Path) -> bool:
    """Whether the process that the file is named after still runs."""
    writer = re.search(r"\.pid(\d+)\.", measurement.name)
    try:
        os.kill(int(writer[1]), 0) if writer else None
    except (ProcessLookupError, PermissionError):  # gone; and the number is somebody else's now
        return False
    return writer is not None and int(writer[1]) != os.getpid()


@pytest.hookimpl(wrapper=True, trylast=True)  # inside pytest-cov's, which brings all measurements together afterwards
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Half a measurement is thrown away: coverage would complain about it after the tests."""
    result = yield
    if not hasattr(session.config, "workerinput"):  # in pytest-xdist's workers others are still writing
        data = session.config.rootpath / os.environ.get("COVERAGE_FILE", ".coverage")
        deadline = time.monotonic() + LAST_WRITER_SECONDS
        for measurement in data.parent.glob(f"{data.name}.*"):
            while is_being_written(measurement) and time.monotonic() < deadline:
                time.sleep(0.05)
            if not is_whole(measurement):
                measurement.unlink(missing_ok=True)
    return result


@pytest.fixture(autouse=True)
def _correlation() -> Iterator[None]:
    """Use cases run inside a door; tests of them do too."""
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")):
        yield
