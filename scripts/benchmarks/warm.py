"""Warm invocations: CPU of an operation, answers stubbed at the HTTP layer, beside one boto3 get_item.

    scripts/bench warm [--repeat 200]

Handlers are the packaged ones, as in scripts/bench cold. Each warm run is followed by a get_item, and the medians are
divided. Needs what scripts/build makes.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence

from scripts.benchmarks.figures import note
from scripts.benchmarks.packaged import BenchError, Packages
from scripts.benchmarks.recording import record_warm
from scripts.benchmarks.tables import text_table, verdict
from scripts.packages import handlers

TARGETS = {"show an order": 1.6, "add to cart": 2.0, "add to cart, the first thing": None, "place an order": 6.0}


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when an operation misses its target."""
    parser = argparse.ArgumentParser(prog="scripts/bench warm", description=__doc__)
    parser.add_argument("--repeat", type=int, default=200)
    options = parser.parse_args(arguments)
    rows = []
    try:
        modules = handlers()
        recorded = record_warm()
        with Packages() as packages:
            for name, target in TARGETS.items():
                cold, warm = recorded[name]
                told = {**cold.to_json(), "warm": warm.to_json(), "repeat": options.repeat}
                spec = packages.specify(
                    name.replace(" ", "-").replace(",", ""), modules[cold.function], cold.function, told
                )
                result = packages.run(spec)
                runs, gets = statistics.median(result["runs"]), statistics.median(result["gets"])
                calls = len(warm.exchanges)
                if target:
                    note("warm", f"CPU ÷ get_item: {name}", target, runs / gets)
                took = [f"{calls}", f"{runs * 1e6:.0f}", f"{gets * 1e6:.0f}", f"{target:.1f}" if target else "-"]
                rows.append([name, *took, f"{runs / gets:.2f}", verdict(runs / gets, target) if target else ""])
    except BenchError as error:
        print(f"scripts/bench warm: {error}", file=sys.stderr)
        return 1
    print(text_table(["operation", "answers", "µs", "get_item, µs", "target", "ratio", ""], rows))
    return int(any("MISSED" in row for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
