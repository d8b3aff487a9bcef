"""The storefront's HTTP models."""

from minishop.schemas import AnswerModel


class GateHealthAnswer(AnswerModel):
    """The gate is up."""

    status: str
