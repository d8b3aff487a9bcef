"""What cart does: `carts` for shoppers, `claims` for orders, `facts` from the catalogue, `idle` from the clock."""
