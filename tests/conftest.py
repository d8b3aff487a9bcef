"""What every suite needs: no credentials but made-up ones, and a correlation to work in."""

import os
import sqlite3
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


def is_whole(measurement: Path) -> bool:
    """Whether a process got to the end of writing what it had measured; one that a test killed may not have."""
    try:
        with closing(sqlite3.connect(measurement)) as database:
            database.execute("SELECT count(*) FROM coverage_schema")
    except sqlite3.Error:
        return False
    return True


@pytest.hookimpl(wrapper=True, trylast=True)  # inside pytest-cov's, which brings all measurements together afterwards
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Half a measurement is thrown away: coverage would complain about it after the tests."""
    result = yield
    if not hasattr(session.config, "workerinput"):  # in pytest-xdist's workers others are still writing
        data = session.config.rootpath / os.environ.get("COVERAGE_FILE", ".coverage")
        for measurement in data.parent.glob(".coverage.*"):
            if not is_whole(measurement):
                measurement.unlink(missing_ok=True)
    return result


@pytest.fixture(autouse=True)
def _correlation() -> Iterator[None]:
    """Use cases run inside a door; tests of them do too."""
    with correlated(Correlation("correlation-1", "cause-1", "cus_ada")):
        yield
