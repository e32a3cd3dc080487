"""Adyen's own library against the simulator: whatever it builds is understood, and it us."""

import copy
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import Adyen  # type: ignore[import-untyped]  # it has no types of its own
import pytest
import pytest_asyncio

from tests.pspsim.adyen.official import ACCOUNT, HMAC_KEY, Face, adyen_face, ask, official, payment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def face(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Face]:
    """Serve one simulator to all tests here that change no switch and move no clock."""
    async with adyen_face(tmp_path_factory.mktemp("adyen")) as running:
        yield running


def events_of(items: list[dict[str, Any]], reference: str) -> list[tuple[str, str, str]]:
    return [
        (item["eventCode"], item["success"], item["pspReference"])
        for item in items
        if reference in {item["merchantReference"], item.get("originalReference")}
    ]


async def test_payment_is_authorised_and_says_what_the_documentation_says(face: Face) -> None:
    paid = await face.pay("paid-1", "tok_ok_1")
    assert paid.status_code == 200
    assert paid.message == {
        "additionalData": paid.message["additionalData"],
        "pspReference": paid.psp,
        "resultCode": "Authorised",
        "amount": {"currency": "EUR", "value": 1099},
        "merchantReference": "paid-1",
        "paymentMethod": {"brand": "visa", "type": "scheme"},
    }
    assert len(paid.psp) == 16
    assert paid.psp.isalnum()
    assert paid.psp.isupper()
    assert events_of(await face.told(), "paid-1") == [("AUTHORISATION", "true", paid.psp)]


@pytest.mark.parametrize(
    ("code", "result", "reason", "number", "raw"),
    [
        ("insufficient_funds", "Refused", "Not enough balance", "12", "51 : Insufficient funds"),
        ("processing_error", "Error", "Acquirer Error", "4", "96 : System malfunction"),
        ("revocation_of_authorization", "Refused", "Revocation Of Auth", "26",
         "R1 : Revocation of authorization order"),
    ],
)  # fmt: skip
async def test_refusal_stands_in_a_200(
    face: Face, code: str, result: str, reason: str, number: str, raw: str
) -> None:
    refused = (await face.pay(f"refused-{code}", f"tok_decline_{code}_1")).message
    assert refused["resultCode"] == result
    assert (refused["refusalReason"], refused["refusalReasonCode"]) == (reason, number)
    assert refused["additionalData"]["refusalReasonRaw"] == raw
    told = events_of(await face.told(), f"refused-{code}")
    assert told == [("AUTHORISATION", "false", refused["pspReference"])]


async def test_same_key_is_answered_once_and_another_request_under_it_refused(face: Face) -> None:
    first = await face.pay("keyed", "tok_ok_1")
    again = await face.pay("keyed", "tok_ok_1")
    assert again.message == first.message
    with pytest.raises(Adyen.AdyenAPIUnprocessableEntity) as refusal:
        await face.pay("keyed", "tok_ok_2")
    assert refusal.value.error_code == "704"
    headers: Any = refusal.value.headers
    assert headers.get("transient-error") is None
    assert len([line for line in await face.running.truth() if line["reference"] == "keyed"]) == 1
    # without a key there is nothing to know it by
    api = face.client.checkout.payments_api
    references = [(await ask(api.payments, payment("free", "tok_ok_1"))).psp for _ in range(2)]
    assert len(set(references)) == 2


async def test_answer_names_the_key_it_was_given(face: Face) -> None:
    headers = {"X-API-Key": "AQE_a-simulated-api-key", "Idempotency-Key": "named"}
    url, body = f"{face.url}/v71/payments", payment("named", "tok_ok_1")
    async with face.running.session.post(url, json=body, headers=headers) as answer:
        assert answer.headers["idempotency-key"] == "named"
    async with face.running.session.post(
        url, json=payment("named-2", "tok_ok_1"), headers={**headers, "Idempotency-Key": "x" * 65}
    ) as answer:
        assert answer.status == 422


async def test_refund_is_received_and_told_by_a_webhook(face: Face) -> None:
    paid = await face.pay("returned", "tok_ok_1")
    api = face.client.checkout.modifications_api
    order = {
        "amount": {"currency": "EUR", "value": 99},
        "merchantAccount": ACCOUNT,
        "reference": "r-1",
    }
    asked = await ask(api.refund_captured_payment, order, paid.psp, idempotency_key="r-1")
    assert asked.status_code == 201
    assert asked.message == {
        "merchantAccount": ACCOUNT,
        "paymentPspReference": paid.psp,
        "pspReference": asked.psp,
        "reference": "r-1",
        "status": "received",
        "amount": {"currency": "EUR", "value": 99},
    }
    again = await ask(api.refund_captured_payment, order, paid.psp, idempotency_key="r-1")
    assert again.message == asked.message
    # more than is left is received too, and comes to nothing
    order = {**order, "amount": {"currency": "EUR", "value": 1001}, "reference": "r-2"}
    over = await ask(api.refund_captured_payment, order, paid.psp, idempotency_key="r-2")
    items = await face.told()
    assert sorted(events_of(items, paid.psp)) == sorted(  # deliveries may overtake each other
        [("REFUND", "true", asked.psp), ("REFUND", "false", over.psp)]
    )
    refund = next(item for item in items if item["pspReference"] == asked.psp)
    assert refund["merchantReference"] == "r-1"
    assert refund["amount"] == {"currency": "EUR", "value": 99}


async def test_reversal_gives_everything_back(face: Face) -> None:
    paid = await face.pay("reversed", "tok_ok_1")
    api = face.client.checkout.modifications_api
    asked = await ask(api.refund_or_cancel_payment, {"merchantAccount": ACCOUNT}, paid.psp)
    assert asked.message == {
        "merchantAccount": ACCOUNT,
        "paymentPspReference": paid.psp,
        "pspReference": asked.psp,
        "status": "received",
    }
    [told] = [each for each in await face.told() if each["pspReference"] == asked.psp]
    assert (told["originalReference"], told["merchantReference"]) == (paid.psp, "")
    assert (told["eventCode"], told["success"]) == ("CANCEL_OR_REFUND", "true")
    assert told["amount"] == {"currency": "EUR", "value": 1099}
    assert told["additionalData"]["modification.action"] == "refund"


async def test_capture_and_cancels_are_received_and_change_nothing(face: Face) -> None:
    paid = await face.pay("captured", "tok_ok_1")
    api = face.client.checkout.modifications_api
    amount = {"currency": "EUR", "value": 1099}
    capture = {"amount": amount, "merchantAccount": ACCOUNT, "reference": "c-1"}
    captured = await ask(api.capture_authorised_payment, capture, paid.psp, idempotency_key="c-1")
    assert captured.message == {
        "merchantAccount": ACCOUNT,
        "paymentPspReference": paid.psp,
        "amount": amount,
        "pspReference": captured.psp,
        "reference": "c-1",
        "status": "received",
    }
    again = await ask(api.capture_authorised_payment, capture, paid.psp, idempotency_key="c-1")
    assert again.message == captured.message
    canceled = await ask(
        api.cancel_authorised_payment_by_psp_reference, {"merchantAccount": ACCOUNT}, paid.psp
    )
    order = {"merchantAccount": ACCOUNT, "paymentReference": "captured", "reference": "c-2"}
    technical = await ask(api.cancel_authorised_payment, order)
    assert technical.message == {
        "merchantAccount": ACCOUNT,
        "paymentReference": "captured",
        "pspReference": technical.psp,
        "reference": "c-2",
        "status": "received",
    }
    assert events_of(await face.told(), paid.psp) == [
        ("CAPTURE", "false", captured.psp),
        ("CANCELLATION", "false", canceled.psp),
        ("TECHNICAL_CANCEL", "false", technical.psp),
    ]


async def test_payment_under_way_can_be_canceled(face: Face) -> None:
    pending = await face.pay("under-way", "tok_pending_1")
    assert pending.message["resultCode"] == "Pending"
    order = {"merchantAccount": ACCOUNT, "paymentReference": "under-way"}
    api = face.client.checkout.modifications_api
    canceled = await ask(api.cancel_authorised_payment, order)
    assert events_of(await face.told(), pending.psp) == [("TECHNICAL_CANCEL", "true", canceled.psp)]
    [line] = [one for one in await face.running.truth() if one["reference"] == "under-way"]
    assert line["status"] == "canceled"


HERE: Final = {"recurringProcessingModel": "CardOnFile"}


async def brought(face: Face, sent: Any, answer: str) -> str:
    """Be a payer who is sent away, and return what they bring back."""
    assert sent.message.keys() == {"resultCode", "action"}
    action = sent.message["action"]
    assert (sent.message["resultCode"], action["type"]) == ("RedirectShopper", "redirect")
    assert action["method"] == "GET"
    status, location = await face.running.be_the_payer(action["url"], answer)
    assert status == 303
    assert location.startswith("https://shop.example/return?")
    [result] = parse_qs(urlsplit(location).query)["redirectResult"]
    return result


async def test_payer_who_is_here_may_be_sent_away_and_is_charged_by_what_they_bring(
    face: Face,
) -> None:
    api = face.client.checkout.payments_api
    sent = await face.pay("sent-away", "tok_challenge_1", **HERE)
    result = await brought(face, sent, "pass")
    again = await face.pay("sent-away", "tok_challenge_1", **HERE)
    assert again.message == sent.message
    details = {"details": {"redirectResult": result}}
    paid = await ask(api.payments_details, details, idempotency_key="sent-away-back")
    assert paid.message["resultCode"] == "Authorised"
    assert paid.message["merchantReference"] == "sent-away"
    told = paid.message["additionalData"]
    assert (told["threeDAuthenticatedResponse"], told["liabilityShift"]) == ("Y", "true")
    # a card that nobody is asked about, and one whose payer fails
    wanted = {**HERE, "authenticationData": {"attemptAuthentication": "always"}}
    failed = await brought(face, await face.pay("wanted", "tok_ok_1", **wanted), "fail")
    refused = await ask(api.payments_details, {"details": {"redirectResult": failed}})
    assert (refused.message["resultCode"], refused.message["refusalReasonCode"]) == (
        "Refused",
        "11",
    )
    calm = await face.pay("calm", "tok_ok_1", **HERE)
    assert calm.message["resultCode"] == "Authorised"


async def test_offer_to_a_payer_who_does_not_come_back_is_closed(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face:
        pending = await face.pay("under-way", "tok_pending_1")
        order = {"merchantAccount": ACCOUNT, "paymentReference": "under-way"}
        await ask(face.client.checkout.modifications_api.cancel_authorised_payment, order)
        sent = await face.pay("left", "tok_challenge_2", **HERE)
        await face.running.control("clock", {"now": "2026-01-01T12:00:00Z"})
        [closed] = [one for one in await face.told() if one["merchantReference"] == "left"]
        result = await brought(face, sent, "pass")
        details = {"details": {"redirectResult": result}}
        with pytest.raises(Adyen.AdyenAPIUnprocessableEntity):
            await ask(face.client.checkout.payments_api.payments_details, details)
        await face.running.control("clock", {"now": "2026-01-05T00:00:00Z"})
        lines = await face.running.truth()
        events = events_of(await face.told(), pending.psp)
    assert (closed["eventCode"], closed["success"]) == ("OFFER_CLOSED", "true")
    # what was canceled before its time is told of once, and takes nothing later
    assert [event for event, _, _ in events] == ["TECHNICAL_CANCEL"]
    assert {line["status"] for line in lines} == {"canceled"}


async def test_stored_payment_methods_are_listed_offered_and_deleted(face: Face) -> None:
    shopper = {"merchantAccount": ACCOUNT, "shopperReference": "shopper-9"}
    await face.pay("kept", "tok_ok_9", shopperReference="shopper-9")
    api = face.client.checkout.recurring_api
    listed = await ask(api.get_tokens_for_stored_payment_details, query_parameters=shopper)
    assert {name: listed.message[name] for name in shopper} == shopper
    [method] = listed.message["storedPaymentMethods"]
    assert method["id"] == "tok_ok_9"
    assert method["supportedRecurringProcessingModels"] == [
        "CardOnFile", "Subscription", "UnscheduledCardOnFile",
    ]  # fmt: skip
    offered = await ask(face.client.checkout.payments_api.payment_methods, shopper)
    assert [each["id"] for each in offered.message["storedPaymentMethods"]] == ["tok_ok_9"]
    assert offered.message["paymentMethods"][0]["type"] == "scheme"
    gone = await ask(
        api.delete_token_for_stored_payment_details, "tok_ok_9", query_parameters=shopper
    )
    assert gone.status_code == 204
    listed = await ask(api.get_tokens_for_stored_payment_details, query_parameters=shopper)
    assert listed.message["storedPaymentMethods"] == []
    with pytest.raises(Adyen.AdyenAPIUnprocessableEntity) as refusal:
        await face.pay("gone", "tok_ok_9", shopperReference="shopper-9")
    assert refusal.value.error_code == "803"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": None}, "100"),
        ({"amount": {"currency": "IDR", "value": 0}}, "702"),
        ({"amount": {"currency": "CLP", "value": 1050}}, "137"),
        ({"reference": ""}, "130"),
        ({"returnUrl": ""}, "14_030"),
        ({"paymentMethod": None}, "14_004"),
        ({"paymentMethod": {"type": "scheme", "storedPaymentMethodId": "8416038790273850"}}, "803"),
        ({"shopperReference": ""}, "800"),
        ({"shopperInteraction": "Telepathy"}, "702"),
        ({"recurringProcessingModel": ""}, "702"),
        ({"authenticationData": {"attemptAuthentication": "perhaps"}}, "702"),
        ({"colour": "red"}, "702"),
    ],
)
async def test_payment_that_breaks_a_rule_is_refused_in_the_shape_of_an_error(
    face: Face, changed: dict[str, object], code: str
) -> None:
    with pytest.raises(Adyen.AdyenAPIUnprocessableEntity) as refusal:
        await face.pay("broken", "tok_ok_1", **changed)
    assert refusal.value.message == {
        "status": 422,
        "errorCode": code,
        "message": refusal.value.message["message"],
        "errorType": "validation",
    }
    assert [line for line in await face.running.truth() if line["reference"] == "broken"] == []


async def test_wrong_key_account_and_payment_are_refused(face: Face) -> None:
    stranger = official(face.running.port, key="AQE_another-key")
    with pytest.raises(Adyen.AdyenAPIAuthenticationError):
        await ask(stranger.checkout.payments_api.payments, payment("strange", "tok_ok_1"))
    with pytest.raises(Adyen.AdyenAPIInvalidPermission) as refusal:
        await face.pay("nobody", "tok_ok_1", merchantAccount="")
    assert refusal.value.error_code == "901"
    api = face.client.checkout.modifications_api
    order = {"amount": {"currency": "EUR", "value": 1}, "merchantAccount": ACCOUNT}
    with pytest.raises(Adyen.AdyenAPIUnprocessableEntity) as unknown:
        await ask(api.refund_captured_payment, order, "AAAABBBBCCCCDDDD")
    assert unknown.value.error_code == "167"
    with pytest.raises(Adyen.AdyenAPIUnprocessableEntity) as details:
        await ask(
            face.client.checkout.payments_api.payments_details, {"details": {"redirectResult": "x"}}
        )
    assert details.value.error_code == "174"


async def test_the_library_verifies_every_item_and_no_altered_one(face: Face) -> None:
    await face.pay("verified", "tok_ok_1")
    items = await face.told()
    for item in items:
        whole = {"notificationItems": [{"NotificationRequestItem": item}]}
        assert Adyen.util.is_valid_hmac_notification(copy.deepcopy(whole), HMAC_KEY)
        altered = {**item, "amount": {**item["amount"], "value": item["amount"]["value"] + 1}}
        whole = {"notificationItems": [{"NotificationRequestItem": altered}]}
        assert not Adyen.util.is_valid_hmac_notification(copy.deepcopy(whole), HMAC_KEY)


async def test_what_is_pending_is_told_later_and_together(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face:
        first = await face.pay("later-1", "tok_pending_1")
        second = await face.pay("later-2", "tok_pending_2")
        assert [each.message["resultCode"] for each in (first, second)] == ["Pending", "Pending"]
        assert await face.told() == []
        await face.running.control("clock", {"now": "2026-01-03T00:00:00Z"})
        items = await face.told()
        assert {item["pspReference"] for item in items} == {first.psp, second.psp}
        assert {(item["eventCode"], item["success"]) for item in items} == {
            ("AUTHORISATION", "true")
        }
        assert len(face.inbox.deliveries) == 1
        # an answer that is kept under a key stays what it was
        again = await face.pay("later-1", "tok_pending_1")
        assert again.message == first.message


async def test_report_of_a_day_explains_what_is_paid_out(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face:
        paid = await face.pay("first", "tok_ok_1")
        await face.pay("refused", "tok_decline_lost_card_1")
        order = {
            "amount": {"currency": "EUR", "value": 99},
            "merchantAccount": ACCOUNT,
            "reference": "back",
        }
        api = face.client.checkout.modifications_api
        refund = await ask(api.refund_captured_payment, order, paid.psp, idempotency_key="back")
        assert (await _report(face, 1))[0] == 404
        await face.running.control("clock", {"now": "2026-01-02T00:00:00Z"})
        status, kind, text = await _report(face, 1)
        assert (status, kind) == (200, "text/csv")
        settled, refunded, payout = list(csv.DictReader(io.StringIO(text)))
        assert (settled["Type"], settled["Psp Reference"]) == ("Settled", paid.psp)
        assert settled["Merchant Reference"] == "first"
        assert (settled["Gross Credit (GC)"], settled["Net Credit (NC)"]) == ("10.99", "10.85")
        assert (settled["Markup (NC)"], settled["Scheme Fees (NC)"]) == ("0.10", "0.01")
        assert settled["Interchange (NC)"] == "0.03"
        assert (refunded["Type"], refunded["Modification Reference"]) == ("Refunded", refund.psp)
        assert refunded["Modification Merchant Reference"] == "back"
        assert (refunded["Gross Debit (GC)"], refunded["Net Debit (NC)"]) == ("0.99", "1.09")
        assert (payout["Type"], payout["Net Debit (NC)"]) == ("MerchantPayout", "9.76")


async def _report(face: Face, batch: int) -> tuple[int, str, str]:
    path = f"reports/download/MerchantAccount/{ACCOUNT}/settlement_detail_report_batch_{batch}.csv"
    headers = {"X-API-Key": "AQE_a-simulated-api-key"}
    async with face.running.session.get(f"{face.url}/{path}", headers=headers) as answer:
        return answer.status, answer.content_type, await answer.text()
