"""What is sent to Adyen, byte by byte, and in which amounts."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Currency, Money
from ledgerline.payments.adapters.adyen import amounts
from ledgerline.payments.contract import PspRequest, Secret
from ledgerline.payments.model import Action, Initiator
from ledgerline.payments.refusals import PspAccountRefused
from tests.contracts.connectors.adyen import CHARGE, GIVEN_BACK, HERE, MERCHANT, SAMPLES
from tests.unit.payments.samples import CHARGE_LOOKUP, RETURN_URL


def asked(what: Action) -> PspRequest:
    return next(SAMPLES.psp.talk(what, MERCHANT))


def body(what: Action) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(asked(what).body)
    return found


def test_charge_is_a_payment_with_a_stored_card_under_our_reference() -> None:
    request = asked(CHARGE)
    assert (request.method, request.path, request.moves_money) == ("POST", "/v71/payments", True)
    assert request.headers == (
        ("Content-Type", "application/json"),
        ("Idempotency-Key", CHARGE.reference),
    )
    assert request.credentials == (("X-API-Key", "AQEyhmfxK.a-sample-key"),)
    assert len(CHARGE.reference) <= 64
    assert request.body == (
        b'{"merchantAccount":"LedgerlineECOM",'
        b'"reference":"01890a5d-ac96-774b-bcce-b302099a8057",'
        b'"returnUrl":"https://return.invalid/","shopperInteraction":"ContAuth",'
        b'"recurringProcessingModel":"Subscription","captureDelayHours":0,'
        b'"authenticationData":{"attemptAuthentication":"never"},'
        b'"amount":{"currency":"EUR","value":1799},'
        b'"paymentMethod":{"storedPaymentMethodId":"8416038790273850","type":"scheme"},'
        b'"shopperReference":"shopper-7"}'
    )


def test_payer_who_is_present_pays_with_a_card_on_file() -> None:
    present = body(replace(CHARGE, initiator=Initiator.CUSTOMER))
    assert present == {**body(CHARGE), "recurringProcessingModel": "CardOnFile"}


def test_payer_who_can_come_back_is_sent_to_a_page_of_adyen_by_a_plain_link() -> None:
    away = body(replace(HERE, return_url=None))
    here = body(HERE)
    assert here == {
        **away,
        "returnUrl": RETURN_URL,
        "authenticationData": {"threeDSRequestData": {"nativeThreeDS": "disabled"}},
        "channel": "Web",
        "browserInfo": {"acceptHeader": "*/*", "userAgent": "Mozilla/5.0 (compatible)"},
        "redirectToIssuerMethod": "GET",
        "redirectFromIssuerMethod": "GET",
    }
    assert body(replace(HERE, challenge=True))["authenticationData"] == {
        "attemptAuthentication": "always",
        "threeDSRequestData": {"nativeThreeDS": "disabled"},
    }


def test_what_the_payer_brings_is_handed_in_under_a_key_of_its_own() -> None:
    first, again, other = (
        next(SAMPLES.psp.confirm(HERE, result, MERCHANT)) for result in ("a", "a", "b")
    )
    assert (first.method, first.path, first.moves_money) == ("POST", "/v71/payments/details", True)
    assert first.body == b'{"details":{"redirectResult":"a"}}'
    keys = [dict(request.headers)["Idempotency-Key"] for request in (first, again, other)]
    assert keys[0] == keys[1] != keys[2]
    assert all(key.startswith(f"{HERE.reference}-") and len(key) <= 64 for key in keys)
    odd = next(SAMPLES.psp.confirm(HERE, "half a surrogate: \ud800", MERCHANT))
    assert odd.body == b'{"details":{"redirectResult":"half a surrogate: ?"}}'


def test_cancel_is_by_our_reference_and_may_be_asked_for_again() -> None:
    request = next(SAMPLES.psp.cancel(CHARGE_LOOKUP, MERCHANT))
    assert (request.method, request.path, request.moves_money) == ("POST", "/v71/cancels", False)
    assert request.headers == (("Content-Type", "application/json"),)
    assert msgspec.json.decode(request.body) == {
        "merchantAccount": "LedgerlineECOM",
        "paymentReference": CHARGE.reference,
        "reference": CHARGE.reference,
    }


def test_refund_names_the_payment_in_its_path() -> None:
    request = asked(GIVEN_BACK)
    assert (request.method, request.moves_money) == ("POST", True)
    assert request.path == "/v71/payments/993617895204576J/refunds"
    assert ("Idempotency-Key", GIVEN_BACK.reference) in request.headers
    assert request.body == (
        b'{"merchantAccount":"LedgerlineECOM",'
        b'"reference":"01890a5d-ac96-774b-bcce-b302099a8059",'
        b'"amount":{"currency":"EUR","value":1799}}'
    )
    odd = asked(replace(GIVEN_BACK, charge_ref="a/b?c"))
    assert odd.path == "/v71/payments/a%2Fb%3Fc/refunds"


def test_question_moves_nothing_and_has_no_key() -> None:
    request = asked(CHARGE_LOOKUP)
    assert (request.path, request.moves_money) == ("/v71/paymentMethods", False)
    assert request.headers == (("Content-Type", "application/json"),)
    assert request.body == b'{"merchantAccount":"LedgerlineECOM"}'


def test_shopper_may_hold_slashes_and_the_method_may_not() -> None:
    sent = body(replace(CHARGE, psp_token="tenant/shopper-7/8416038790273850"))
    assert sent["shopperReference"] == "tenant/shopper-7"
    assert sent["paymentMethod"] == {
        "type": "scheme",
        "storedPaymentMethodId": "8416038790273850",
    }


@pytest.mark.parametrize(
    "token",
    ["", "/", "tok_visa", "ab/1", "shopper-7/", "/8416038790273850", "shop per/1", "shöpper/1",
     "shopper-7/" + "8" * 65, "s" * 257 + "/1", "shopper-7/1\n"],
)  # fmt: skip
def test_token_of_another_form_is_left_out_so_that_nothing_is_charged(token: str) -> None:
    sent = body(replace(CHARGE, psp_token=token))
    assert "paymentMethod" not in sent
    assert "shopperReference" not in sent


@pytest.mark.parametrize("code", sorted(EXPONENTS))
def test_every_currency_goes_there_and_comes_back(code: str) -> None:
    whole = Money(7 * 10 ** EXPONENTS[code], Currency(code))
    value = amounts.value_of(whole)
    assert value is not None
    assert amounts.money_of(value, code) == whole
    decimals = amounts.ITS_OWN.get(code, EXPONENTS[code])
    assert Decimal(value).scaleb(-decimals) == 7
    # the smallest amount of the two that both can say
    common = Money(10 ** max(0, EXPONENTS[code] - decimals), Currency(code))
    value = amounts.value_of(common)
    assert value is not None
    assert amounts.money_of(value, code) == common


@pytest.mark.parametrize(
    ("code", "minor", "value"),
    [("CLP", 1990, 199_000), ("ISK", 15, 1500), ("IDR", 2_500_000, 25_000), ("CVE", 1100, 11),
     ("IDR", 2_500_050, None), ("CVE", 1, None), ("JPY", 500, 500), ("KWD", 1234, 1234)],
)  # fmt: skip
def test_amounts_are_counted_as_adyen_counts_them(code: str, minor: int, value: int | None) -> None:
    amount = Money(minor, Currency(code))
    assert amounts.value_of(amount) == value
    sent = body(replace(CHARGE, amount=amount))
    assert sent.get("amount") == (None if value is None else {"currency": code, "value": value})


@pytest.mark.parametrize(
    ("value", "code"),
    [(1, "CLP"), (150, "ISK"), (-1, "EUR"), (MINOR_MAX + 1, "EUR"), (1, "XXX"), (1, "")],
)
def test_amount_that_our_books_cannot_hold_is_none(value: int, code: str) -> None:
    assert amounts.money_of(value, code) is None


@pytest.mark.parametrize("name", ["", "with space", "ümlaut", "a" * 81, "a/b"])
def test_account_must_be_a_name(name: str) -> None:
    settings = {**MERCHANT.settings, "merchant_account": name}
    with pytest.raises(PspAccountRefused) as refusal:
        SAMPLES.psp.check(settings, MERCHANT.secrets, live=True)
    assert refusal.value.facts == {"name": "merchant_account"}


@pytest.mark.parametrize("text", ["xyz", "0", "44 78 2D", "ABC"])
def test_signing_key_must_be_hexadecimal(text: str) -> None:
    secrets = {**MERCHANT.secrets, "previous_hmac_key": Secret(text)}
    with pytest.raises(PspAccountRefused) as refusal:
        SAMPLES.psp.check(MERCHANT.settings, secrets, live=True)
    assert refusal.value.facts == {"name": "previous_hmac_key"}
