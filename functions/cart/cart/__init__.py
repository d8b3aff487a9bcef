"""Cart: what a shopper means to buy.

Owns: one cart per guest or customer, the claim that an order in the making has on it, and copies of what the
catalogue has told of each SKU (title, picture, price, stock) and promotion, so that showing a cart asks nobody.
Publishes: CartMerged, and CartAbandoned when nobody has touched a filled cart for a day.
Reacts to: ProductPublished, ProductChanged, ProductArchived, StockLevelChanged, PromotionChanged,
PromotionUsageChanged (the copies), OrderConfirmed (what was bought leaves the cart), OrderCancelled (the claim ends),
UserErased (the cart goes).
Asks: nobody. Redis, where there is one, is a cache of carts and never believed against the table.
"""
