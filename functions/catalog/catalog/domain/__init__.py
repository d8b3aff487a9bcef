"""The catalogue's rules: `products` says what is sold, `stock` how much of it there is and for whom it is held."""
