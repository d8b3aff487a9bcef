"""Locks of third-party packages: how they are made (`scripts/lock`) and how drift is noticed without a network.

Each `requirements*.in` names what somebody chose; the lock next to it (`.txt`) names every package that
follows from it, its version and the SHA-256 of each of its files. No lock names an index: where packages
come from is the business of whoever installs them. The head of a lock holds the digest of the files it was
made from, so that an edit without `scripts/lock` is noticed.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEVELOPER = Path("requirements-dev.in")
LAYER = Path("layers/dependencies/requirements.in")

# The Lambda runtime ships boto3 and what it brings (six and s3transfer are only boto3's): never in a package of ours.
RUNTIME_SHIPS = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")

PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;\\]+)", re.MULTILINE)
DIGEST = re.compile(r"^# sources: sha256:(?P<digest>[0-9a-f]{64})$", re.MULTILINE)
INCLUDE = re.compile(r"^-r\s+(?P<path>\S+)\s*$", re.MULTILINE)
INDEX = re.compile(r"^\s*(--(extra-)?index-url|-i\b|--find-links|-f\b)|://", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """One lock: the file it is made from, and what `uv pip compile` needs to make it."""

    source: Path  # relative to the repository root
    options: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The lock file, relative to the repository root."""
        return self.source.with_suffix(".txt")


def all_locks(root: Path = ROOT) -> list[Lock]:
    """Every lock of the repository, the developer's first: the versions of the others are held to it."""
    on_lambda = (
        "--python-version",
        "3.13",
        "--python-platform",
        "x86_64-manylinux_2_28",
        "--constraints",
        "requirements-dev.txt",
    )
    not_emitted = tuple(option for name in RUNTIME_SHIPS for option in ("--no-emit-package", name))
    services = sorted(path.relative_to(root) for path in root.glob("functions/*/requirements.in"))
    return [
        Lock(DEVELOPER, ("--universal", "--python-version", "3.11")),
        Lock(LAYER, (*on_lambda, *not_emitted)),
        *(Lock(source, on_lambda) for source in services),
    ]


def sources_digest(source: Path, root: Path = ROOT) -> str:
    """Give the SHA-256, in hexadecimal, of a source and of all that it includes with `-r`, comments left out."""
    digest = hashlib.sha256()
    for path in _with_includes(root / source, root):
        lines = (line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines())
        kept = "\n".join(line for line in lines if line and not line.startswith("-r"))
        digest.update(f"{path.relative_to(root).as_posix()}\n{kept}\n".encode())
    return digest.hexdigest()


def _with_includes(path: Path, root: Path) -> Iterator[Path]:
    yield path
    for match in INCLUDE.finditer(path.read_text("utf-8")):
        yield from _with_includes(root / match["path"], root)


def pins(text: str) -> dict[str, set[str]]:
    """Give the pinned versions in a lock by package name (several where markers tell them apart)."""
    found: dict[str, set[str]] = {}
    for match in PIN.finditer(text):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


def find_drift(root: Path = ROOT) -> list[str]:
    """Say where a lock is missing, stale, unhashed, names an index or is not of one mind with the developer's."""
    locks = all_locks(root)
    developer = root / locks[0].path
    developers = pins(developer.read_text("utf-8")) if developer.exists() else {}
    return [complaint for lock in locks for complaint in _complaints(lock, developers, root)]


def _complaints(lock: Lock, developers: dict[str, set[str]], root: Path) -> Iterator[str]:
    path = root / lock.path
    if not path.exists():
        yield f"{lock.path} is missing: run scripts/lock"
        return
    text = path.read_text("utf-8")
    made_from = DIGEST.search(text)
    if made_from is None or made_from["digest"] != sources_digest(lock.source, root):
        yield f"{lock.path} was not made from {lock.source} as it is now: run scripts/lock"
    if INDEX.search(text):
        yield f"{lock.path} names a place to install from: locks must hold for everyone"
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if (pin := PIN.match(block)) is None:
            continue
        if "--hash=sha256:" not in block:
            yield f"{lock.path}: {pin['name']} has no hash"
        if pin["version"] not in developers.get(pin["name"], ()):
            yield f"{lock.path}: {pin['name']} {pin['version']} is not what requirements-dev.txt pins: run scripts/lock"


def write_lock(lock: Lock, *, upgrade: bool, root: Path = ROOT) -> None:
    """Resolve a source into its lock, keeping the versions it has unless told to upgrade.

    Raises:
        subprocess.CalledProcessError: uv found no solution, or no index; its own words are on stderr.
    """
    target = root / lock.path
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "requirements.txt"
        if target.exists() and not upgrade:
            draft.write_text(target.read_text("utf-8"), "utf-8")  # uv prefers the versions it finds in its output file
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header"),
                *(
                    "--no-emit-index-url",
                    "--no-emit-find-links",
                    *lock.options,
                    "--output-file",
                    str(draft),
                    str(lock.source),
                ),
            ],
            cwd=root,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        body = draft.read_text("utf-8")
    head = f"# Made by scripts/lock from {lock.source.as_posix()}; not edited by hand.\n"
    digest = f"# sources: sha256:{sources_digest(lock.source, root)}\n"
    target.write_text(head + digest + body, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every lock again, or with --check only say which ones drifted."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description="Make the locks of third-party packages again.")
    parser.add_argument(
        "--upgrade", action="store_true", help="take the newest versions instead of keeping those locked"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; say what drifted (needs no network)")
    options = parser.parse_args(arguments)
    if not options.check:
        for lock in all_locks():
            print(f"locking {lock.path}", flush=True)
            try:
                write_lock(lock, upgrade=options.upgrade)
            except subprocess.CalledProcessError:
                print(f"scripts/lock: {lock.source} could not be locked; nothing after it was touched", file=sys.stderr)
                return 1
    drift = find_drift()
    for complaint in drift:
        print(complaint, file=sys.stderr)
    return 1 if drift else 0


if __name__ == "__main__":
    sys.exit(main())
