"""Makes a new service (`scripts/new-service NAME`) that passes the checks.

It gets the files every service has, its section of the template, its place in pyproject.toml and its tests. The files
come from `scripts/service_template/`: in their names and their text `__service__` stands for the name, `__Service__`
for the same with a capital. `template.yaml` there is the section; a file's last `.tmpl` is dropped; the rest is laid
out as in the repository.
"""

import argparse
import keyword
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKELETON = Path("scripts/service_template")
SECTION = "template.yaml"
NAME = re.compile(r"[a-z][a-z0-9]{2,19}")  # it becomes a package, a table's name and part of an event's source


class NewServiceError(Exception):
    """The service cannot be made; nothing was written. The message is one line for a person."""


def check_name(name: str, root: Path) -> None:
    """Refuse a name that is no package's name, or that somebody has."""
    if not NAME.fullmatch(name):
        raise NewServiceError(f"{name!r} is not a service's name: 3 to 20 small letters and digits, a letter first")
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in {"minishop", "scripts", "tests"}:
        raise NewServiceError(f"{name!r} would hide another package of that name")
    if (root / "functions" / name).exists():
        raise NewServiceError(f"functions/{name} is there already")


def fill_in(text: str, name: str) -> str:
    """Put the service's name in the places of a skeleton."""
    return text.replace("__service__", name).replace("__Service__", name.capitalize())


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
    """Add the service's section at the end of the resources."""
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
    print("\nNext: scripts/openapi, scripts/check, scripts/test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
