"""Functions as Lambda runs them: environments forked from a zygote, the Runtime API, logs."""
