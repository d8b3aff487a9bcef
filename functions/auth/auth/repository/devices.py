"""The devices that customers are known by, in the table."""

from auth.domain import KnownDevices
from auth.repository.items import FIRST_VERSION, DevicesItem, UserItem, principal_key
from minishop.dynamodb import Transaction


class DeviceTable:
    """Implements `auth.use_cases.Devices`."""

    def find(self, customer_id: str) -> KnownDevices:
        """One GetItem."""
        item = DevicesItem.find(principal_key(customer_id), "devices")
        if item is None:
            return KnownDevices(customer_id=customer_id)
        return KnownDevices(customer_id=customer_id, digests=item.digests, version=int(item.version))

    def save(self, devices: KnownDevices) -> None:
        """One transaction of a Put and a check. Raises ConcurrentUpdateError."""
        item = DevicesItem(principal_key(devices.customer_id), "devices", digests=devices.digests)
        transaction = Transaction()
        transaction.check("user", UserItem, item.pk, "user", UserItem.email.exists())  # not erased meanwhile
        if devices.version:
            transaction.replace("devices", item, expected=devices.version)
        else:
            item.version = FIRST_VERSION
            transaction.insert("devices", item)
        transaction.commit()
