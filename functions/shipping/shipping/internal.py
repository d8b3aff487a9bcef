"""What other services may ask of shipping."""

from minishop.http import Api
from shipping import use_cases
from shipping.schemas import MethodAnswer, RatesAnswer, RatesRequest
from shipping.wiring import ports

api = Api("shipping")


@api.post("/internal/shipping/rates", callers=frozenset({"orders-api"}))
def post_rates(body: RatesRequest) -> RatesAnswer:
    """Prices a parcel."""
    rates = use_cases.quote_rates(ports(), body.address.country, body.weight_grams)
    return RatesAnswer(methods=[MethodAnswer.of(rate) for rate in rates])


handler = api.handler
