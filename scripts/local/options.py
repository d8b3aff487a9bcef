"""What `python -m scripts.local start` is asked to do: the command line, samconfig.toml and the environment."""

import argparse
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from scripts.local.children import ROOT


class OptionsError(Exception):
    """What was asked for makes no sense; one line."""


@dataclass(frozen=True)
class Options:
    """What to start, and how."""

    port: int = 3000
    template: Path = ROOT / "template.yaml"
    overrides: Mapping[str, str] = field(default_factory=dict)  # parameters, by name
    accounts: bool = True  # seed the four accounts
    demo: bool = True  # seed the demo shop
    verbose: bool = False
    api: str = "front"  # or "sam"
    redis_url: str = ""  # "": a cache of our own


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionsError(message)


def read_options(arguments: Sequence[str], environment: Mapping[str, str], config: Path | None = None) -> Options:
    """Read the command line; `config` is the samconfig.toml beside the template. Raises OptionsError, SystemExit."""
    parser = _Parser(prog="scripts/start", description="Runs the whole shop on this machine.", allow_abbrev=False)
    parser.add_argument("command", nargs="?", choices=["start"], default="start", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=_port, default=3000, help="of the public API (3000)")
    parser.add_argument(
        "--parameter-overrides", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="template parameters"
    )
    parser.add_argument("--no-seed", action="store_true", help="the accounts, but no demo products")
    parser.add_argument("--empty", action="store_true", help="nothing at all in the tables")
    parser.add_argument("--verbose", action="store_true", help="all logs in one coloured stream, not as JSON lines")
    parser.add_argument(
        "--api", choices=["front", "sam"], default="front", help="sam: `sam local start-api`, in Docker"
    )
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml", help="another template")
    parsed = parser.parse_args(arguments)
    if parsed.api == "sam" and parsed.template.resolve() != ROOT / "template.yaml":
        parser.error("--api sam serves what was built from template.yaml, and no other template")
    return Options(
        port=parsed.port,
        template=parsed.template,
        overrides={
            **read_config(config or parsed.template.parent / "samconfig.toml"),
            **_pairs(parsed.parameter_overrides, "--parameter-overrides"),
        },
        accounts=not parsed.empty,
        demo=not (parsed.empty or parsed.no_seed),
        verbose=parsed.verbose,
        api=parsed.api,
        redis_url=environment.get("REDIS_URL", ""),
    )


def read_config(config: Path) -> dict[str, str]:
    """The parameters of samconfig.toml's `[local.deploy.parameters]`. Raises OptionsError."""
    try:
        document = tomllib.loads(config.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise OptionsError(f"{config.name}: {error}") from error
    section = document.get("local", {}).get("deploy", {}).get("parameters", {})
    overrides = section.get("parameter_overrides", [])
    return _pairs(shlex.split(overrides) if isinstance(overrides, str) else overrides, config.name)


def _pairs(texts: Sequence[str], where: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise OptionsError(f"{where}: {text!r} is not Key=Value")
        pairs[key] = value
    return pairs


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 1 and 65535")
    return int(text)
