"""Puts the adapters behind the ports; only doors ask for it."""

import os
from datetime import timedelta
from functools import lru_cache

from minishop import clock
from minishop.guests import GuestTable
from orders.clients import AddressBookClient, CartClient, CatalogClient, ShippingClient
from orders.links import SealedLinks
from orders.rates import RateTable
from orders.repository import GuestItem, OrderTable
from orders.retries import InboxRetryWindow
from orders.use_cases.ports import CheckoutPorts, LinkPorts, Ports, ReactionPorts, ReturnPorts, TaxPorts


@lru_cache(maxsize=1)
def ports() -> Ports:
    """The process's ports, for what needs no other service."""
    return Ports(orders=OrderTable(), clock=clock.system)


@lru_cache(maxsize=1)
def checkout_ports() -> CheckoutPorts:
    """The process's ports for checkout."""
    return CheckoutPorts(
        orders=OrderTable(),
        clock=clock.system,
        carts=CartClient(),
        catalog=CatalogClient(),
        shipping=ShippingClient(),
        addresses=AddressBookClient(),
        currency=os.environ["SHOP_CURRENCY"],
        tax_table=RateTable(),
        tax_percent=os.environ["TAX_PERCENT"],
        prices_include_tax=os.environ["PRICES_INCLUDE_TAX"] == "true",
    )


@lru_cache(maxsize=1)
def tax_ports() -> TaxPorts:
    """The process's ports for editing tax rates."""
    return TaxPorts(tax_table=RateTable())


@lru_cache(maxsize=1)
def link_ports() -> LinkPorts:
    """The process's ports for links."""
    return LinkPorts(orders=OrderTable(), clock=clock.system, links=SealedLinks())


@lru_cache(maxsize=1)
def return_ports() -> ReturnPorts:
    """The process's ports for asking for a return."""
    return ReturnPorts(
        orders=OrderTable(),
        clock=clock.system,
        labels=ShippingClient(),
        return_window=timedelta(days=int(os.environ["RETURN_DAYS"])),
    )


@lru_cache(maxsize=1)
def reaction_ports() -> ReactionPorts:
    """The process's ports for events."""
    return ReactionPorts(
        orders=OrderTable(),
        clock=clock.system,
        stock=CatalogClient(),
        retry_window=InboxRetryWindow(),
        guests=GuestTable(GuestItem),
    )
