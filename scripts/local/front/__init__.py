"""The HTTP API as API Gateway serves it: routes, authorizers, payloads, CORS, throttling."""
