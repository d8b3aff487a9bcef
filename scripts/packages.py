"""Builds what is deployed with `sam build`, adds byte code, and shows what each package weighs (`scripts/build`).

Byte code is written as *unchecked-hash*: Lambda's zip has no dates worth a look, and importing source without it costs
more than twice the processor time of a cold start.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile

import yaml

from scripts.precompile import NotImportedError, precompile

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / ".aws-sam" / "build"
RUNTIME = "python3.13"  # the template's; byte code is good for one minor version only


def find_runtime() -> str | None:
    """Give a Python of the template's version that runs and has pip: this one, one on PATH, or pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = shutil.which(RUNTIME)
    candidates = [
        sys.executable,
        *([on_path] if on_path else []),
        *map(str, sorted(pyenv.glob("versions/3.13.*/bin/python3.13"))),
    ]
    return next((candidate for candidate in candidates if _is_runtime(candidate)), None)


def _is_runtime(python: str) -> bool:
    probe = "import pip, sys; sys.exit('python%d.%d' % sys.version_info[:2] != sys.argv[1])"
    return subprocess.run([python, "-c", probe, RUNTIME], capture_output=True, check=False).returncode == 0


def run_sam_build(python: str, options: Sequence[str]) -> int:
    """Run `sam build` with the given Python first on PATH; give its exit code."""
    path = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
    environment.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # sam wants one, even to build
    environment["ARCHITECTURE"] = architecture(options)  # layers/dependencies/Makefile is not told by sam
    command = [sys.executable, "-m", "samcli", "build", *options]
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def architecture(options: Sequence[str]) -> str:
    """Give the processor that is built for: what the parameter Architecture is set to, or its default."""
    found = re.findall(r"\b(?:ParameterKey=Architecture,ParameterValue=|Architecture=)(\w+)", " ".join(options))
    return found[-1] if found else "x86_64"


def packages(built: Path = BUILT) -> Iterator[tuple[str, Path]]:
    """Give the logical id and the folder of each built layer and function, a shared folder once for each."""
    template = yaml.load((built / "template.yaml").read_text("utf-8"), Loader=_CloudFormationLoader)  # noqa: S506 (derived from SafeLoader)
    for name, resource in sorted(template["Resources"].items()):
        properties = resource.get("Properties") or {}
        folder = properties.get("CodeUri") or properties.get("ContentUri")
        if resource["Type"].startswith("AWS::Serverless::") and isinstance(folder, str):
            yield name, built / folder


def handlers(built: Path = BUILT) -> dict[str, str]:
    """Give the module of each built function's handler, by logical id."""
    template = yaml.load((built / "template.yaml").read_text("utf-8"), Loader=_CloudFormationLoader)  # noqa: S506 (derived from SafeLoader)
    found = {name: resource.get("Properties") or {} for name, resource in template["Resources"].items()}
    return {name: one["Handler"].rpartition(".")[0] for name, one in found.items() if "Handler" in one}


class _CloudFormationLoader(yaml.SafeLoader):
    """Reads past CloudFormation's short tags (`!Ref`, `!Sub` …): only plain strings are looked at here."""


_CloudFormationLoader.add_multi_constructor("!", lambda loader, suffix, node: None)  # noqa: ARG005


def write_byte_code(python: str, folder: Path) -> int:
    """Compile every module under a folder, named as Lambda will name it; give compileall's exit code."""
    unpacked_to = "/opt" if (folder / "python").is_dir() else "/var/task"
    command = [
        python,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        str(folder),
        "-p",
        unpacked_to,
    ]
    return subprocess.run([*command, str(folder)], check=False).returncode


def measure(folder: Path) -> tuple[int, int]:
    """Give the bytes of a folder's files, as they are and zipped as Lambda takes them."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    with TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
        return sum(path.stat().st_size for path in files), target.tell()


def print_sizes(rows: Sequence[tuple[str, Path]]) -> None:
    """Print the table of packages: what is shared is measured once, and its ids stand together."""
    by_folder: dict[Path, list[str]] = {}
    for name, folder in rows:
        by_folder.setdefault(folder, []).append(name)
    print(f"\n{'zipped':>10} {'unzipped':>10}  package")
    for folder, names in by_folder.items():
        unzipped, zipped = measure(folder)
        print(f"{zipped / 1000:7.0f} kB {unzipped / 1000:7.0f} kB  {', '.join(names)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, compile, measure; give 0 when all of it worked."""
    parser = argparse.ArgumentParser(
        prog="scripts/build",
        usage="scripts/build [-h] [SAM BUILD OPTION …]",
        description="Build what is deployed and show what it weighs.",
        epilog="Options of `sam build` are handed on, such as --parameter-overrides Architecture=arm64.",
    )
    options, rest = parser.parse_known_args(arguments)
    del options
    python = find_runtime()
    if python is None:
        print(
            f"scripts/build: {RUNTIME}, the functions' runtime, is needed and was not found: install it",
            file=sys.stderr,
        )
        return 1
    if shutil.which("make") is None:
        print("scripts/build: make is needed to build the layer of dependencies: install it", file=sys.stderr)
        return 1
    code = run_sam_build(python, rest)
    if code:
        return code
    rows = list(packages())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = list(pool.map(lambda folder: write_byte_code(python, folder), {folder for _, folder in rows}))
    try:
        precompile(python, BUILT, handlers())
    except NotImportedError as error:
        print(f"scripts/build: {error}", file=sys.stderr)
        return 1
    print_sizes(rows)
    return max(codes, default=1)


if __name__ == "__main__":
    sys.exit(main())
