"""Subscriptions over the API: read, listed, changed, canceled."""

from datetime import date

from ledgerline.base.ids import PREFIXES, bucket_of, decode
from tests.flow_world import World
from tests.scenarios.api_client import Api, buy, new_buyer, order


def eur(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "EUR"}


async def test_a_subscription_is_read_with_its_cover_and_listed_newest_first(api: Api) -> None:
    # given a customer who bought
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    # when the subscription is read
    shown = (await api.get(f"/v1/subscriptions/{bought['subscription']}")).body
    # then it says what it costs and until when service is given
    assert shown["status"] == "active"
    assert shown["plan_name"] == "Individual, monthly"
    assert shown["unit_price"] == {**eur(1199), "per": 1}
    assert shown["cadence"] == "P1M"
    assert shown["period"] == {"start": "2026-01-01", "end": "2026-02-01"}
    assert shown["next_charge_at"] == "2026-01-31T23:00:00Z"
    assert shown["covers"] == [
        {
            "component": "base",
            "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-31T23:00:00Z",
            "reason": "paid", "invoice": bought["invoice"],
        }
    ]  # fmt: skip
    # and lists give the same without covers and agreements
    listed = await api.get(f"/v1/subscriptions?customer={buyer.customer}&status=active,trialing")
    assert listed.body["data"] == [
        {
            **shown,
            **dict.fromkeys(("covers", "agreements", "items", "offers", "intentions")),
        }
    ]
    none = await api.get(f"/v1/subscriptions?customer={buyer.customer}&status=canceled")
    assert none.body["data"] == []


async def test_a_cancellation_at_the_periods_end_is_previewed_and_then_kept(api: Api) -> None:
    # given a subscription
    path = f"/v1/subscriptions/{(await buy(api, await new_buyer(api)))['subscription']}/cancel"
    # when its end is previewed, then asked for
    body = {"when": "period_end"}
    preview = await api.post(path, {**body, "validate_only": True}, key=None)
    assert preview.body["ends_on"] == "2026-02-01"
    assert (preview.body["lines"], preview.body["written_off"]) == ([], [])
    canceled = await api.post(path, body, key="leave")
    # then it goes on until February
    assert canceled.status == 200
    assert (canceled.body["status"], canceled.body["ends_on"]) == ("active", "2026-02-01")
    # and a repeat is a replay, but a second wish is refused, previewed or not
    again = await api.post(path, body, key="leave")
    assert (again.body, again.headers["Idempotent-Replayed"]) == (canceled.body, "true")
    assert (await api.post(path, body)).refusal == (409, "nothing_to_change")
    second = await api.post(path, {**body, "validate_only": True})
    assert second.refusal == (409, "nothing_to_change")


async def test_what_cannot_be_changed_says_why(api: Api) -> None:
    subscription = (await buy(api, await new_buyer(api)))["subscription"]
    path = f"/v1/subscriptions/{subscription}/change"
    for plan, refusal in (
        ("individual_monthly", (409, "nothing_to_change")),
        ("gold_monthly", (422, "unknown_plan")),
    ):
        assert (await api.post(path, {"plan": plan, "when": "now"})).refusal == refusal
    wrong = await api.post(path, {"plan": "duo_monthly", "when": "soon"})
    assert wrong.refusal == (422, "invalid_value")


async def test_a_change_in_mid_period_costs_what_its_preview_said(api: Api, world: World) -> None:
    # given a subscription for 11.99 that is used for half of January
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    await world.advance(date(2026, 1, 16))
    path = f"/v1/subscriptions/{bought['subscription']}/change"
    body = {"plan": "family_monthly", "when": "now"}
    # when the family plan is previewed
    preview = (await api.post(path, {**body, "validate_only": True}, key=None)).body
    # then 16 of 31 days are given back and charged anew, with the arithmetic
    credit, charge = preview["lines"]
    assert (credit["total"], credit["tax"]) == (eur(-619), eur(-99))
    assert credit["period"] == {"start": "2026-01-16", "end": "2026-02-01"}
    assert credit["how"]["formula"] == "1199 × 16/31 = 618.84 → 619"
    assert (charge["total"], charge["tax"]) == (eur(1032), eur(165))
    assert charge["how"]["formula"] == "1999 × 1 = 1999; 1999 × 16/31 = 1031.74 → 1032"
    assert charge["how"]["tax"] == "1032 × 19/119 = 164.77 → 165"
    assert (preview["from_credit"], preview["due_now"]) == (eur(619), eur(413))
    assert preview["credit_after"] == eur(0)
    # and when it is done
    changed = await api.post(path, body)
    assert (changed.status, changed.body["plan"]) == (200, "family_monthly")
    # then invoice and credit note say the same
    invoices = (await api.get(f"/v1/invoices?customer={buyer.customer}")).body["data"]
    newest = (await api.get(f"/v1/invoices/{invoices[0]['id']}")).body
    assert (newest["cause"], newest["status"]) == ("change", "paid")
    assert (newest["total"], newest["tax"], newest["from_credit"]) == (
        eur(1032), eur(165), eur(619),
    )  # fmt: skip
    assert newest["lines"][0]["how"] == charge["how"]
    first = (await api.get(f"/v1/invoices/{bought['invoice']}")).body
    assert first["credited"] == eur(619)
    [note] = first["credit_notes"]
    assert (note["reason"], note["total"], note["tax"]) == ("plan_changed", eur(619), eur(99))


async def test_a_cancellation_now_gives_the_unused_days_back(api: Api, world: World) -> None:
    # given a subscription bought in mid January
    await world.advance(date(2026, 1, 16))
    bought = await buy(api, await new_buyer(api))
    await world.advance(date(2026, 1, 26))
    path = f"/v1/subscriptions/{bought['subscription']}/cancel"
    # when it is previewed and ended after ten of 31 days
    preview = (await api.post(path, {"when": "now", "validate_only": True}, key=None)).body
    ended = (await api.post(path, {"when": "now"})).body
    # then 21 days are credited, as the preview said
    assert preview["credited"] == eur(812)
    assert preview["lines"][0]["how"]["formula"] == "1199 × 21/31 = 812.23 → 812"
    assert (ended["status"], ended["ended"]) == ("canceled", "2026-01-26T00:00:00Z")
    invoice = (await api.get(f"/v1/invoices/{bought['invoice']}")).body
    assert invoice["credited"] == eur(812)
    # and the next purchase is paid from it first
    buyer = {"customer": bought["customer"], "plan": "individual_monthly", "trial": False}
    quote = (await api.post("/v1/quotes", buyer, key=None)).body
    assert (quote["from_credit"], quote["due_now"]) == (eur(812), eur(387))


async def test_an_unpaid_renewal_is_given_up_when_a_subscription_ends_now(
    api: Api, world: World
) -> None:
    # given a card that pays once and then is empty
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    bare = decode(PREFIXES["subscription"], bought["subscription"])
    await world.write(
        "UPDATE instrument SET psp_token = 'tok_decline_insufficient_funds_9'"
        " WHERE bucket = %s AND payment_method_id = %s",
        bucket_of(bare), decode(PREFIXES["payment_method"], buyer.payment_method),
    )  # fmt: skip
    at = (await api.get(f"/v1/subscriptions/{bought['subscription']}")).body["period"]["end"]
    await world.advance(date.fromisoformat(at))
    [renewal] = (
        await api.get(f"/v1/invoices?subscription={bought['subscription']}&status=open")
    ).body["data"]
    path = f"/v1/subscriptions/{bought['subscription']}"
    # when the plan is to change, the debt comes first
    assert (await api.get(path)).body["status"] == "past_due"
    change = await api.post(f"{path}/change", {"plan": "duo_monthly", "when": "now"})
    assert change.refusal == (409, "settle_first")
    # when it ends now, the preview names the claim that is given up
    preview = await api.post(f"{path}/cancel", {"when": "now", "validate_only": True}, key=None)
    assert preview.body["written_off"] == [renewal["id"]]
    assert (await api.post(f"{path}/cancel", {"when": "now"})).body["status"] == "canceled"
    closed = (await api.get(f"/v1/invoices/{renewal['id']}")).body
    assert closed["status"] == "uncollectible"


async def test_an_order_that_was_canceled_can_be_bought_again(api: Api) -> None:
    buyer = await new_buyer(api)
    bought = await buy(api, buyer)
    path = f"/v1/subscriptions/{bought['subscription']}/cancel"
    await api.post(path, {"when": "now"})
    again = await api.post("/v1/purchases", order(buyer))
    assert again.status == 201
    assert again.body["from_credit"] == eur(1199)
    assert again.body["payment"] is None
