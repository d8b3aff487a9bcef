"""The whole shop in one process, one thread and virtual time, under faults: for the tests and for scripts/simulate."""
