"""What the catalogue does: `products` and `stock` hold one function per command or query, `ports` what they need."""
