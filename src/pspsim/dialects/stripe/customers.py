"""Customers: who is kept before money moves.

Source: Stripe API reference, "The Customer object".
"""

from typing import Final

from pspsim.dialects.stripe import methods
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import missing

CUSTOMERS: Final = "customers"


def create(call: Call) -> Object:
    """Make a customer."""
    form = call.form
    form.only("name", "email", "description", "phone", "metadata", "payment_method")
    method = form.text("payment_method")
    customer: Object = {
        "id": call.name("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": form.text("description"),
        "email": form.text("email"),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": False,
        "metadata": form.table("metadata"),
        "name": form.text("name"),
        "phone": form.text("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    if method is not None:
        methods.attached(call, method_of(call, method), customer["id"])
    return call.keep(CUSTOMERS, customer)


def retrieve(call: Call, id_: str) -> Object:
    """Show a customer."""
    call.form.only()
    call.form.expand()
    customer = call.kept(CUSTOMERS, id_)
    if customer is None:
        raise missing("customer", id_)
    return customer


def method_of(call: Call, id_: str) -> Object:
    """Find a payment method, or refuse."""
    method = methods.find(call, id_)
    if method is None:
        raise missing("PaymentMethod", id_, param="payment_method")
    return method
