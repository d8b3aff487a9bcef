"""Measures the shop: scripts/bench [--quick | PART [OPTION …]].

Without a part: all that have a target, one after the other, and at the end a table of every figure beside its target;
with `--quick` the same with fewer repetitions, buyers and requests. Run it on an idle machine: ratios and counts hold
anywhere, seconds do not.
"""

import importlib
import sys

from scripts.benchmarks import figures

PARTS = {
    "package": "the size of each package, zipped",
    "cold": "CPU and instructions of importing each packaged handler, beside `import boto3`",
    "warm": "CPU of an operation, beside one boto3 get_item",
    "calls": "AWS calls, request units, internal HTTP, events, invocations and dollars of each operation",
    "hot-sku": "how often a second one SKU can be held, by the number of its buckets, in virtual time",
    "search": "the search index: building, loading, asking",
    "flash-sale": "a running shop: 2,000 buyers for 100 units, 200 at a time",
    "one-key": "a running shop: 1,000 orders at once with one Idempotency-Key, and with 1,000 keys on one cart",
    "start": "the local cloud: until it is ready, the first requests, a warm one",
    "load": "the mixed shop on the local cloud: requests a second, percentiles, moto's share; every rule at the end",
    "auth-timing": "whether the time of an answer tells that an address is known",
}
# All that quality.md has a figure of, in one run: (part, options, options of --quick).
MEASURED: tuple[tuple[str, list[str], list[str]], ...] = (
    ("package", [], []),
    ("cold", [], ["--rounds", "3"]),
    ("warm", [], ["--repeat", "50"]),
    ("calls", [], []),
    ("start", [], ["--repeat", "50"]),
    ("load", [], ["--actions", "100", "--seconds", "30"]),
    ("flash-sale", ["--rounds", "1"], ["--rounds", "1", "--units", "10", "--buyers", "100", "--at-once", "20"]),
    ("one-key", [], ["--requests", "100"]),
)


def main(arguments: list[str]) -> int:
    """Runs a part, or all that have a target; the worst code of them."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(f"{__doc__}\nParts:")
        print("\n".join(f"  {name:12} {told}" for name, told in PARTS.items()))
        return 0
    if arguments in ([], ["--quick"]):
        return run_all(quick=bool(arguments))
    if arguments[0] not in PARTS:
        print(f"scripts/bench: no part is called {arguments[0]}; the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    return run(arguments[0], arguments[1:])


def run_all(*, quick: bool) -> int:
    """Runs every part that has a target, goes on when one fails, and shows all figures together."""
    codes, found, failures = [0], list[figures.Figure](), list[tuple[str, str]]()
    figures.take()
    for number, (name, options, fewer) in enumerate(MEASURED, 1):
        print(f"\n── {number} of {len(MEASURED)}, {name}: {PARTS[name]} ".ljust(100, "─"), flush=True)
        noted: list[figures.Figure] = []
        try:
            codes.append(run(name, fewer if quick else options))
        except Exception as error:  # noqa: BLE001  a shop that does not hold says so by an exception
            failures.append((name, f"{type(error).__name__}: {error}".splitlines()[0][:80]))
        else:
            noted = figures.take()
            if not noted:
                failures.append((name, "nothing was measured: see above"))
        found += noted or figures.take()
    print(f"\n── every figure beside its target{', few repetitions' if quick else ''} ".ljust(100, "─"))
    print(figures.summary(found, failures))
    return int(any(codes) or bool(failures) or not all(figure.reached for figure in found))


def run(part: str, arguments: list[str]) -> int:
    """Runs one part; its code."""
    code: int = importlib.import_module(f"scripts.benchmarks.{part.replace('-', '_')}").main(arguments)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
