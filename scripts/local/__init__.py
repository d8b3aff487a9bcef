"""The local cloud: the whole shop from its template, on one machine, without AWS and without Docker."""
