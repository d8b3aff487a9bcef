"""botocore clients of the local cloud's moto."""

import threading
from collections.abc import Callable
from typing import Any


def clients(endpoint: str | None, region: str) -> Callable[[str], Any]:
    """`client(service)`, each made once. Without an endpoint the clients are those of `moto.mock_aws`, in process."""
    import botocore.session
    from botocore.config import Config

    session = botocore.session.Session()
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 2},
        account_id_endpoint_mode="disabled",  # moto serves no streams at account-id endpoints
        s3={"addressing_style": "path"},
    )
    made: dict[str, Any] = {}
    lock = threading.Lock()

    def client(service: str) -> Any:
        with lock:
            if service not in made:
                made[service] = session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=endpoint,
                    aws_access_key_id="local",
                    aws_secret_access_key="local",  # noqa: S106 - moto asks for no real one
                    config=config,
                )
            return made[service]

    return client
