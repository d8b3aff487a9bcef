"""The events each service publishes: one module per publisher, written by it alone and readable by all."""
