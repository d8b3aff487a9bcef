"""Makes a guest's the customer's."""

from notifications.domain import log
from notifications.use_cases.erasing import erase_person
from notifications.use_cases.ports import Ports


def adopt_guest(ports: Ports, guest: str, customer: str) -> None:
    """What the guest was told stands in the customer's list; what the guest did not want, the customer does not.

    What is told to the guest from now on goes there by itself. Raises BeingSentError while a message to the guest
    is being sent: the event then comes again. A customer who is forgotten already takes along who they were before.
    """
    if ports.customers.contact(customer) is None:
        erase_person(ports, guest)
        return
    ports.guests.remember(guest, customer)
    for choice in ports.wishes.changed(guest):
        ports.wishes.add(customer, choice)
    now = ports.clock.now()
    for notification in ports.log.all_of(guest):
        ports.log.save(log.handed_over(notification, customer, now), (), now)
