"""Makes a new service (`scripts/new-service NAME`) that passes the checks.

It gets the files every service has, its section of the template, its place in pyproject.toml, its event with a golden
sample, an invocation for each of its functions and its tests; the OpenAPI document is written anew. The files come from
`scripts/service_template/`: in their names and their text `__service__` stands for the name, `__Service__` for the same
with a capital, `__SERVICE__` for capitals throughout. `template.yaml` there is the section; a file's last `.tmpl` is
dropped; the rest is laid out as in the repository.
"""

import argparse
import importlib.util
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.checks import python_path

ROOT = Path(__file__).resolve().parent.parent
SKELETON = Path("scripts/service_template")
SECTION = "template.yaml"
NAME = re.compile(r"[a-z][a-z0-9]{2,19}")  # it becomes a package, a table's name and part of an event's source
LOGICAL_ID = re.compile(r"^  (\w+):", re.MULTILINE)


class NewServiceError(Exception):
    """The service cannot be made; nothing was written. The message is one line for a person."""


def check_name(name: str, root: Path) -> None:
    """Refuse a name that is no package's name, or that somebody has."""
    if not NAME.fullmatch(name):
        raise NewServiceError(f"{name!r} is not a service's name: 3 to 20 small letters and digits, a letter first")
    if (root / "functions" / name).exists():
        raise NewServiceError(f"functions/{name} is there already")
    if keyword.iskeyword(name) or name in {"minishop", "scripts", "tests"} or importlib.util.find_spec(name):
        raise NewServiceError(f"{name!r} would hide another package of that name")


def fill_in(text: str, name: str) -> str:
    """Put the service's name in the places of a skeleton."""
    return (
        text.replace("__service__", name).replace("__Service__", name.capitalize()).replace("__SERVICE__", name.upper())
    )


def plan_files(name: str, root: Path) -> dict[Path, str]:
    """Give the text of each new file by its path; none of them may be there."""
    skeleton = root / SKELETON
    found = sorted(path for path in skeleton.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    if skeleton / SECTION not in found:
        raise NewServiceError(f"{SKELETON / SECTION} is missing")
    files = {
        root / fill_in(str(path.relative_to(skeleton)), name).removesuffix(".tmpl"): fill_in(
            path.read_text("utf-8"), name
        )
        for path in found
        if path.name != SECTION
    }
    for path in files:
        if path.exists():
            raise NewServiceError(f"{path.relative_to(root)} is there already")
    return files


def plan_pyproject(text: str, name: str) -> str:
    """Add the service wherever pyproject.toml lists them: paths, types, import rules. The sandbox stays last."""
    text, in_pytest = re.subn(r'(?m)^( +)"functions/sandbox",$', rf'\1"functions/{name}",\n\g<0>', text)
    text, in_mypy = re.subn(r'"functions/sandbox"\]', rf'"functions/{name}", \g<0>', text)
    text, in_rules = re.subn(r'"sandbox"\]', rf'"{name}", \g<0>', text)
    if not (in_pytest and in_mypy and in_rules):
        raise NewServiceError("pyproject.toml no longer lists the services as this script knows it")
    return text


def plan_template(text: str, section: str) -> str:
    """Add the service's section at the end of the resources; none of its ids may be taken."""
    if taken := sorted(set(LOGICAL_ID.findall(text)) & set(LOGICAL_ID.findall(section))):
        raise NewServiceError(f"template.yaml has {', '.join(taken)} already: choose another name")
    before, outputs, after = text.partition("\nOutputs:\n")
    return f"{before.rstrip()}\n\n{section.rstrip()}\n{outputs and chr(10)}{outputs.lstrip()}{after}"


def make_service(name: str, root: Path = ROOT) -> list[Path]:
    """Write all of it, or nothing: whatever can be refused is refused before the first file is written.

    Raises:
        NewServiceError: the name, or what is there, does not allow it.
    """
    check_name(name, root)
    files = plan_files(name, root)
    for path, planned in (
        (root / "pyproject.toml", plan_pyproject((root / "pyproject.toml").read_text("utf-8"), name)),
        (
            root / "template.yaml",
            plan_template(
                (root / "template.yaml").read_text("utf-8"),
                fill_in((root / SKELETON / SECTION).read_text("utf-8"), name),
            ),
        ),
    ):
        files[path] = planned
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(files)


def lay_out(written: Sequence[Path], root: Path = ROOT) -> None:
    """Put lines and imports where they belong with this name, and write the OpenAPI document anew.

    Raises:
        subprocess.CalledProcessError: one of them failed; its own words are on stderr.
    """
    modules = [str(path) for path in written if path.suffix == ".py"]
    for command in (
        ("ruff", "check", "--quiet", "--select", "I", "--fix", *modules),
        ("ruff", "format", "--quiet", *modules),
        ("scripts.openapi_document",),
    ):
        environment = {**os.environ, "PYTHONPATH": python_path()}
        subprocess.run([sys.executable, "-m", *command], cwd=root, env=environment, check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the service; say what was written and what is next."""
    parser = argparse.ArgumentParser(
        prog="scripts/new-service", description="Make a new service that passes the checks."
    )
    parser.add_argument("name", help="as in `orders`: small letters and digits")
    options = parser.parse_args(arguments)
    try:
        written = make_service(options.name)
    except NewServiceError as error:
        print(f"scripts/new-service: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(ROOT))
    try:
        lay_out(written)
    except subprocess.CalledProcessError as error:
        print(f"scripts/new-service: written, but {error.cmd[2]} failed (its own words are above)", file=sys.stderr)
        return 1
    print(f"""
{options.name} is whole: scripts/check and scripts/test pass, and scripts/start runs it. Begin with
functions/{options.name}/{options.name}/domain.py. Packages that it alone needs are named in
functions/{options.name}/requirements.in, which requirements-dev.in includes (-r); then scripts/lock.""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
