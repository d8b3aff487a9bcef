"""What a developer runs: the local cloud, tests, checks, builds."""
