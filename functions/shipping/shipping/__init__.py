"""Shipping: what goes to whom by which carrier, and where it is now.

Owns: shipments and their timelines, shipping methods and their prices.
Publishes: ShipmentCreated, ShipmentDispatched, ShipmentInTransit, ShipmentOutForDelivery, DeliveryAttemptFailed,
ShipmentDelivered, ShipmentLost, ShipmentReturned, ShipmentCancelled; LabelRequested, to itself.
Reacts to: StockCommitted (makes a shipment and its label), OrderCancelRequested (stops it, if it has not left),
ReturnRequested (makes the parcel that brings goods back), ReturnLost (notes that it is given up), GuestUpgraded and
UserErased (whose shipments they are), LabelRequested, ShipmentCancelled (gives the label back), and the carriers'
webhooks, by way of its own inbox.
Asks: orders for an order's address and weights; catalog to write lost stock off; the carrier for labels.
Keeps no address: a label's is asked for when it is printed. Of a person it keeps the id, until that person is erased.
"""
