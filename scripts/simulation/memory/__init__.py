"""DynamoDB, the bus, queues and secrets in memory: what AWS answers for what the shop asks, in microseconds.

`tests/faults/test_memory_*.py` hold it against moto, request by request.
"""
