"""`--api sam`: the public API in containers, beside the same moto and events."""
