"""Catalog: what is sold, at what price, and how much of it there is.

Owns: products and their variants, the index that browsing and searching read, stock levels with
their ledger, promotions with the counts of their uses, and the reservations that orders hold.
Publishes: ProductPublished, ProductChanged, PriceChanged, ProductArchived, StockHeld, StockCommitted, StockReleased,
ReservationExpired, StockRestocked, StockWrittenOff, PromotionChanged, and StockLevelChanged, StockLow and
PromotionUsageChanged, which the relay derives from the images of a stock level or a count.
Reacts to: OrderConfirmed (a hold becomes a sale), OrderCancelled (a hold or a sale goes back to stock), ReturnAccepted
(what came back is restocked), ReturnLost (what was lost, and is paid for, is written off), and its own news of stock
(the ledger).
Asks: nobody.
"""
