"""The cart's rules: `carts` is what is in one, `promotions` its code, `showing` what its owner sees of both."""
