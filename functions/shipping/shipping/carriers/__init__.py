"""The carriers that the shop ships with, by name.

A further carrier is a file here with a class that implements `shipping.use_cases.ports.Carrier`, a line below, and its
methods with their prices in `methods.json`.
"""

from collections.abc import Callable, Mapping

from shipping.carriers.driver import OwnDriver
from shipping.carriers.sandbox import SandboxCarrier
from shipping.use_cases.ports import Carrier

CARRIERS: Mapping[str, Callable[[], Carrier]] = {
    "sandbox": SandboxCarrier,
    "driver": OwnDriver,
}
