"""Cold starts: each packaged handler imported, and given its first event, in a fresh process with the network stubbed.

    scripts/bench cold [--rounds 7] [--instructions] [--check] [--write] [FUNCTION …]

CPU is a ratio to `import boto3` in the same run, the median of several. `--instructions` counts the imports with
cachegrind, which is exact: `--check` holds them against `instructions.json` with 3 % slack, `--write` renews that
file. Needs what scripts/build makes.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.benchmarks import instructions
from scripts.benchmarks.figures import note_worst
from scripts.benchmarks.packaged import BenchError, Packages, kind_of
from scripts.benchmarks.recording import Run, record_cold
from scripts.benchmarks.tables import text_table, verdict
from scripts.packages import handlers

TARGETS = {"authorizer": 0.75, "relay": 1.35, "consumer": 1.5, "schedule": 2.0, "api": 2.0, "internal": 2.0}
HEAVY = 2.4  # for those that need Redis, Argon2 or Stripe
HEAVY_DOORS = {"auth.api", "cart.api", "payments.consumer", "payments.schedule", "payments.api"}


HEAVIEST = "Redis, Argon2 or Stripe"


def group_of(module: str) -> str:
    """Whom its target is for: a kind of door, or those of any kind that need a heavy library."""
    return HEAVIEST if module in HEAVY_DOORS else kind_of(module)


def target_of(module: str) -> float:
    """The most that importing this handler may take, in `import boto3`s."""
    return HEAVY if module in HEAVY_DOORS else TARGETS[kind_of(module)]


def specify(packages: Packages, modules: Mapping[str, str], runs: Mapping[str, Run]) -> dict[str, Path]:
    """A process for each function; "boto3" is what they are compared with."""
    specs = {"boto3": packages.specify("boto3", "boto3")}
    for function, module in modules.items():
        run = runs.get(function)
        specs[function] = packages.specify(function, module, function, run.to_json() if run else None)
    return specs


def measure(packages: Packages, specs: Mapping[str, Path], rounds: int) -> dict[str, tuple[float, float | None]]:
    """By function: the medians of importing, and of importing and the first event, in `import boto3`s."""
    imports: dict[str, list[float]] = {name: [] for name in specs}
    firsts: dict[str, list[float]] = {name: [] for name in specs}
    for number in range(rounds):
        _show(f"round {number + 1} of {rounds}")
        base = packages.run(specs["boto3"])["import"]
        for name, spec in specs.items():
            told = packages.run(spec)
            imports[name].append(told["import"] / base)
            if "first" in told:
                firsts[name].append((told["import"] + told["first"]) / base)
    _show("")
    return {
        name: (statistics.median(imports[name]), statistics.median(firsts[name]) if firsts[name] else None)
        for name in specs
    }


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when a handler misses its target, or takes more instructions than it may."""
    parser = argparse.ArgumentParser(prog="scripts/bench cold", description=__doc__)
    parser.add_argument("functions", nargs="*", help="logical ids; all when none is named")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--instructions", action="store_true", help="count them with cachegrind, and time nothing")
    parser.add_argument(
        "--check", action="store_true", help=f"count them, and hold them against {instructions.HELD.name}"
    )
    parser.add_argument("--write", action="store_true", help=f"count them, and renew {instructions.HELD.name}")
    options = parser.parse_args(arguments)
    if options.write and options.functions:
        parser.error("--write counts all of them")
    try:
        modules = {name: module for name, module in handlers().items() if name in (options.functions or [name])}
        with Packages() as packages:
            if options.instructions or options.check or options.write:
                return _instructions(packages, modules, options)
            return _times(packages, modules, options.rounds)
    except BenchError as error:
        print(f"scripts/bench cold: {error}", file=sys.stderr)
        return 1


def _times(packages: Packages, modules: Mapping[str, str], rounds: int) -> int:
    specs = specify(packages, modules, record_cold())
    found = measure(packages, specs, rounds)
    rows = []
    for name, module in modules.items():
        ratio, first = found[name]
        target = target_of(module)
        shown = f"{first:.2f}" if first is not None else "-"
        rows.append([name, module, f"{target:.2f}", f"{ratio:.2f}", verdict(ratio, target), shown])
    print(text_table(["function", "handler", "target", "import", "", "with its first event"], rows))
    for kind in ("authorizer", "relay", "consumer", "schedule", "api", "internal", HEAVIEST):
        these = {name: module for name, module in modules.items() if group_of(module) == kind}
        reached = ((name, target_of(module), found[name][0]) for name, module in these.items())
        note_worst("cold", f"import ÷ import boto3, {kind}", reached)
    return int(any("MISSED" in row for row in rows))


def _instructions(packages: Packages, modules: Mapping[str, str], options: argparse.Namespace) -> int:
    if reason := instructions.obstacle():
        raise BenchError(f"{reason}; instructions are not counted")
    counted = instructions.count(packages, modules, _show)
    if options.write:
        counted.write()
    held = instructions.Counts.read()
    rows = [
        [name, f"{number:,}", f"{held.ratio(name):.3f}" if name in held.handlers else "-", f"{counted.ratio(name):.3f}"]
        for name, number in counted.handlers.items()
    ]
    print(text_table(["function", "instructions", "held", "÷ import boto3"], rows))
    print(f"import boto3: {counted.boto3:,}, by {counted.interpreter}; held: by {held.interpreter}")
    wrong = instructions.compare(counted, held) if options.check else []
    print("\n".join(wrong), file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
