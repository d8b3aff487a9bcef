"""Measures the shop: scripts/bench [PART [OPTION …]].

Without a part: those that need no more than a built package, one after the other. Run it on an idle machine: ratios
and counts hold anywhere, seconds do not.
"""

import importlib
import sys

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
QUICK = ("package", "cold", "warm", "calls")


def main(arguments: list[str]) -> int:
    """Runs a part, or the quick ones; the worst code of them."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(f"{__doc__}\nParts:")
        print("\n".join(f"  {name:12} {told}" for name, told in PARTS.items()))
        return 0
    if arguments and arguments[0] not in PARTS:
        print(f"scripts/bench: no part is called {arguments[0]}; the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if arguments:
        return run(arguments[0], arguments[1:])
    codes = []
    for name in QUICK:
        print(f"\n── {name}: {PARTS[name]} ".ljust(100, "─"), flush=True)
        codes.append(run(name, []))
    return max(codes)


def run(part: str, arguments: list[str]) -> int:
    """Runs one part; its code."""
    code: int = importlib.import_module(f"scripts.benchmarks.{part.replace('-', '_')}").main(arguments)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
