"""The size of packages: what scripts/build has made, zipped as Lambda takes it.

    scripts/bench package

A service's own code is held against 100 kB with its byte code; what it alone needs, such as Stripe's library, stands
beside it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.figures import note, note_count, note_worst
from scripts.benchmarks.tables import text_table, verdict
from scripts.packages import BUILT, measure, packages

LAYER_KB, SERVICE_KB = 9600, 100
LAYERS = ("DependenciesLayer", "MinishopLayer")


def zipped_kb(folder: Path) -> float:
    """Kilobytes of a folder, zipped."""
    return measure(folder)[1] / 1000


def main(arguments: Sequence[str]) -> int:
    """Prints the table; 1 when something is larger than it may be."""
    del arguments
    if not (BUILT / "template.yaml").is_file():
        print("scripts/bench package: nothing is built: scripts/build", file=sys.stderr)
        return 1
    folders = dict(packages())
    layers = sum(zipped_kb(folders[layer]) for layer in LAYERS)
    shipped = any((folders[layer] / "python" / name).exists() for layer in LAYERS for name in ("boto3", "botocore"))
    rows = [["layers", f"{LAYER_KB}", f"{layers:.0f}", verdict(layers, LAYER_KB), "boto3!" if shipped else ""]]
    services = {name.removesuffix("ApiFunction").lower(): folder for name, folder in folders.items() if "Api" in name}
    sizes = {name: zipped_kb(folder / name) for name, folder in sorted(services.items())}
    for name, own in sizes.items():
        alone = zipped_kb(services[name]) - own
        rows.append([name, f"{SERVICE_KB}", f"{own:.0f}", verdict(own, SERVICE_KB), f"{alone:.0f}"])
    note("package", "layers, kB zipped", LAYER_KB, layers, shown=".0f")
    note_count("package", "boto3 or botocore in a layer", 0, shipped)
    note_worst(
        "package", "a service's own zip, kB", ((name, SERVICE_KB, own) for name, own in sizes.items()), shown=".0f"
    )
    print(text_table(["package, kB zipped with byte code", "target", "own", "", "what it alone needs"], rows))
    return int(any("MISSED" in row for row in rows) or shipped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
