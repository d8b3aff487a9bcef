"""Catalog: what is sold, at what price, and how much of it there is.

Owns: products and their variants, the index that browsing and searching read, stock levels with
their ledger, and the reservations that orders hold.
Publishes: ProductPublished, ProductChanged, ProductArchived, StockHeld, StockCommitted, StockReleased,
ReservationExpired, and StockLevelChanged and StockLow, which the relay derives from a stock level's images.
Reacts to: OrderConfirmed (a hold becomes a sale), OrderCancelled (a hold or a sale goes back to stock).
Asks: nobody.
"""
