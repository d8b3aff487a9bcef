"""Every kind in every language, as it is sent.

With MINISHOP_SNAPSHOTS=write the snapshots are written anew, to be read in the diff.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications import kinds
from notifications.domain.occasions import Kind
from notifications.renderer import LANGUAGES
from tests.unit.notifications.test_rendering import RENDERER, facts

SNAPSHOTS = Path(__file__).parent / "snapshots"


def rendered() -> Iterator[tuple[Path, str]]:
    """Where each snapshot is kept, and what it should be."""
    for language in LANGUAGES:
        for kind in kinds.KINDS:
            for channel in kind.channels:
                message = RENDERER.render(kind.name, channel, language, facts(kind))
                path = SNAPSHOTS / language / f"{kind.name}.{channel.value}"
                headline = f"Subject: {message.subject}\n\n" if message.subject else ""
                yield path.with_name(path.name + ".txt"), f"{headline}{message.text}\n"
                if message.html:
                    yield path.with_name(path.name + ".html"), f"{message.html}\n"


MESSAGES = dict(rendered())


@pytest.fixture(scope="module", autouse=True)
def _written() -> None:
    if os.environ.get("MINISHOP_SNAPSHOTS") == "write":
        for path in SNAPSHOTS.glob("*/*"):
            path.unlink()
        for path, text in MESSAGES.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_message_is_as_it_was_when_somebody_last_read_it(path: Path) -> None:
    assert MESSAGES[path] == path.read_text("utf-8")


def test_no_snapshot_is_of_a_message_that_is_gone() -> None:
    assert set(SNAPSHOTS.glob("*/*")) == set(MESSAGES)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_no_language_is_a_copy_of_another(kind: Kind) -> None:
    for channel in kind.channels:
        texts = {RENDERER.render(kind.name, channel, language, facts(kind)).text for language in LANGUAGES}
        assert len(texts) == len(LANGUAGES)
