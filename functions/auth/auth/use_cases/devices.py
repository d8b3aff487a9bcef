"""Whether somebody has signed in with a device before."""

from contextlib import suppress
from dataclasses import dataclass

from auth.domain import Device, KnownDevices, Origin
from auth.use_cases.ports import Ports
from minishop.errors import ConcurrentUpdateError


@dataclass(frozen=True)
class Recognition:
    """A device that somebody signs in with. `is_known`: not for the first time."""

    device: Device
    is_known: bool
    before: KnownDevices
    after: KnownDevices


def recognise(ports: Ports, customer_id: str, origin: Origin) -> Recognition:
    """Looks at the device without remembering it."""
    device = Device.of(origin.user_agent)
    digest = ports.digests.of("device", f"{customer_id}\0{device.family}")
    known = ports.devices.find(customer_id)
    return Recognition(device, known.knows(digest), known, known.add(digest))


def remember(ports: Ports, recognition: Recognition) -> None:
    """From now on the device is known.

    After the sign-in has been told: when this breaks off, the next sign-in is told once more as the first one.
    """
    if recognition.after is not recognition.before:
        with suppress(ConcurrentUpdateError):  # another sign-in at the same moment; the next one remembers it
            ports.devices.save(recognition.after)
