"""Calls somebody: a metric in CloudWatch's embedded format, on which the template has an alarm."""

import os

from minishop import clock
from minishop.observability import logger


class LoggedAttention:
    """Implements `payments.use_cases.ports.Attention`."""

    def call(self, what: str, **about: str) -> None:
        """Counts 1 of the metric `what`."""
        self.measure(what, 1, **about)

    def measure(self, what: str, value: int, **about: str) -> None:
        """Gives the metric `what` a value."""
        namespace = os.environ["POWERTOOLS_METRICS_NAMESPACE"]
        metric = {"Namespace": namespace, "Dimensions": [["stack", "service"]], "Metrics": [{"Name": what}]}
        embedded = {
            "_aws": {"Timestamp": int(clock.system.now().timestamp() * 1000), "CloudWatchMetrics": [metric]},
            "stack": os.environ["ROLE_PREFIX"].removesuffix("-"),
            what: value,
        }
        logger().error("needs attention", extra={**embedded, **about})
