"""A checkout as a client sends it."""

ADDRESS = {
    "full_name": "Ada Lovelace",
    "line1": "1 Analytical Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "phone": "+4930123456",
}
BODY = {
    "shipping_address": ADDRESS,
    "shipping_method": "standard",
    "payment_method": {"token": "pm_card_visa"},
    "expected_total": {"amount": 3706, "currency": "EUR"},
}
