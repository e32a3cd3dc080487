"""People work on exceptions over the API, two of them where it takes two."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from ledgerline.base.ids import bucket_of, decode, encode
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.resolve_attempts import resolve_attempts
from tests.flow_world import World
from tests.scenarios.api_client import Api, add_card, new_buyer, order
from tests.scenarios.flows.test_exceptions import NOTHING, Saying

EXCEPTIONS = "/v1/exceptions"


async def _opened(world: World, subject: UUID, reason: str) -> None:
    """Open an exception of an attempt behind the flows' back."""
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " SELECT a.bucket, %s, a.id, %s, 'said', i.instant"
        "   FROM attempt AS a, environment AS i WHERE a.id = %s",
        world.run.new_id(bucket_of(subject)), reason, subject,
    )  # fmt: skip


async def _sold(api: Api, world: World) -> tuple[Any, UUID]:
    """Sell something; return the purchase and its attempt."""
    bought = (await api.post("/v1/purchases", order(await new_buyer(api)))).body
    payment = decode("pay", bought["payment"])
    return bought, await world.value("SELECT id FROM attempt WHERE payment_id = %s", payment)


async def test_exceptions_are_listed_by_pages_and_by_what_they_are(api: Api, world: World) -> None:
    bought, attempt = await _sold(api, world)
    await _opened(world, attempt, "declined_after_success")
    await _opened(world, attempt, "provider_told")
    listed = (await api.get(f"{EXCEPTIONS}?status=open")).body["data"]
    assert {one["reason"] for one in listed} == {"declined_after_success", "provider_told"}
    page = (await api.get(f"{EXCEPTIONS}?limit=1")).body
    assert page["has_more"] is True
    rest = (await api.get(f"{EXCEPTIONS}?limit=1&after={page['next']}")).body
    assert [*page["data"], *rest["data"]] == listed
    [told] = (await api.get(f"{EXCEPTIONS}?reason=provider_told")).body["data"]
    assert (told["status"], told["subject_kind"]) == ("open", "attempt")
    assert (told["payment"], told["subject"]) == (bought["payment"], encode("att", attempt))
    assert (await api.get(f"{EXCEPTIONS}/{told['id']}")).body == told
    missing = await api.get(f"{EXCEPTIONS}/exc_01h455vb4pex5vsknk084sn02q")
    assert missing.refusal == (404, "not_found")
    # and what means nothing of one says what does
    [other] = (await api.get(f"{EXCEPTIONS}?reason=declined_after_success")).body["data"]
    for act in ("adopt", "refund"):
        refused = await api.post(f"{EXCEPTIONS}/{other['id']}/{act}", {"note": "back"})
        assert refused.refusal == (409, "exception_not_decidable")
        assert "ask the provider" in refused.body["detail"]
    await world.write("DELETE FROM money_exception")


async def test_an_exception_is_assigned_and_closed(api: Api, world: World) -> None:
    _, attempt = await _sold(api, world)
    await _opened(world, attempt, "provider_told")
    [told] = (await api.get(f"{EXCEPTIONS}?status=open")).body["data"]
    one = f"{EXCEPTIONS}/{told['id']}"
    # when somebody takes it
    assigned = await api.post(f"{one}/assign", {"assigned_to": "mara"})
    assert (assigned.status, assigned.body["assigned_to"]) == (200, "mara")
    mine = (await api.get(f"{EXCEPTIONS}?assigned_to=mara")).body["data"]
    assert [each["id"] for each in mine] == [told["id"]]
    # and closes it, twice under one key
    closed = await api.post(f"{one}/close", {"note": "answered"}, key="close-1")
    assert (closed.status, closed.body["status"]) == (200, "closed")
    assert (closed.body["closed_by"], closed.body["resolution"]) == ("tests", "answered")
    assert (await api.post(f"{one}/close", {"note": "answered"}, key="close-1")).body == closed.body
    again = await api.post(f"{one}/close", {"note": "again"})
    assert again.refusal == (404, "exception_not_found")
    assert (await api.get(f"{EXCEPTIONS}?status=closed")).body["data"] == [closed.body]
    assert (await api.get(f"{EXCEPTIONS}?status=open")).body["data"] == []
    await world.write("DELETE FROM money_exception")


async def test_an_exception_is_overdue_after_its_day(api: Api, world: World) -> None:
    _, attempt = await _sold(api, world)
    await _opened(world, attempt, "provider_told")
    assert (await api.get(f"{EXCEPTIONS}?overdue=true")).body["data"] == []
    await world.advance(world.now + timedelta(days=2))
    [late] = (await api.get(f"{EXCEPTIONS}?overdue=true")).body["data"]
    assert late["overdue"] is True
    await api.post(f"{EXCEPTIONS}/{late['id']}/close", {"note": "done"})
    assert (await api.get(f"{EXCEPTIONS}?overdue=true")).body["data"] == []


async def test_a_refund_made_at_the_provider_is_recorded_after_a_look(
    api: Api, world: World
) -> None:
    bought, attempt = await _sold(api, world)
    await _opened(world, attempt, "provider_told")
    [told] = (await api.get(f"{EXCEPTIONS}?status=open")).body["data"]
    adopt = f"{EXCEPTIONS}/{told['id']}/adopt"
    body = {"note": "made there", "refunded": 500, "provider_reference": "re_1"}
    look = await api.post(adopt, {**body, "validate_only": True})
    assert look.status == 200
    assert look.body["total"] == {"amount": 500, "currency": "EUR"}
    assert [(one["debit"], one["credit"]) for one in look.body["entries"]] == [
        ("customer_credit", "psp_clearing")
    ]
    assert (await api.get(f"/v1/refunds?payment={bought['payment']}")).body["data"] == []
    done = await api.post(adopt, body, key="adopt-1")
    assert (done.status, done.body["status"]) == (200, "closed")
    assert (await api.post(adopt, body, key="adopt-1")).body == done.body
    [refund] = (await api.get(f"/v1/refunds?payment={bought['payment']}")).body["data"]
    assert (refund["status"], refund["provider_reference"]) == ("succeeded", "re_1")


async def test_two_keys_of_two_people_end_what_nobody_knows(api: Api, world: World) -> None:
    # given a purchase that nobody knows the end of for two days
    buyer = await new_buyer(api, token="tok_500_before")
    bought = await api.post("/v1/purchases", order(buyer))
    assert bought.status == 202, bought
    silent = Saying(world.psps, NOTHING)
    for hours in (1, 26, 51):
        later = world.run.at(world.now + timedelta(hours=hours))
        await resolve_attempts(later, silent, buckets=ALL)
    [open_one] = (await api.get(f"{EXCEPTIONS}?reason=unknown_too_long")).body["data"]
    subject = open_one["subject"]
    path = "/v1/evidence_proposals"
    asked = {"subject": subject, "outcome": "declined", "note": "ticket 4711"}
    # when one person proposes it
    proposed = await api.post(path, asked)
    assert (proposed.status, proposed.body["status"]) == (201, "proposed")
    assert (await api.post(path, asked)).refusal == (409, "evidence_proposed")
    one = f"{path}/{proposed.body['id']}"
    [listed] = (await api.get(f"{path}?subject={subject}&status=proposed")).body["data"]
    assert listed == (await api.get(one)).body == proposed.body
    look = await api.post(f"{one}/approve", {"validate_only": True})
    assert (look.status, look.body["state"]) == (200, "unknown")
    assert look.body["looks"] >= 3
    # then only another approves it
    assert (await api.post(f"{one}/approve", {})).refusal == (409, "self_approval")
    key = await create_api_key(world.run, principal="desk", live=False)
    desk = Api(api.url, api.session, key)
    done = await desk.post(f"{one}/approve", {}, key="approve-1")
    assert (done.status, done.body["status"], done.body["ended_by"]) == (200, "approved", "desk")
    assert (await desk.post(f"{one}/approve", {}, key="approve-1")).body == done.body
    assert (await desk.post(f"{one}/withdraw", {})).refusal == (409, "evidence_not_open")
    purchase = (await api.get(f"/v1/purchases/{bought.body['id']}")).body
    assert purchase["status"] == "failed"
    shown = (await api.get(f"/v1/payments/{purchase['payment']}")).body
    assert shown["attempts"][0]["evidence"][0]["kind"] == "operator"


async def test_a_default_pays_what_names_nothing_else(api: Api) -> None:
    buyer = await new_buyer(api)
    default = f"/v1/customers/{buyer.customer}/default_payment_method"
    none = (await api.get(default)).body
    assert (none["payment_method"], none["subscriptions"]) == (None, [])
    unnamed = {k: v for k, v in order(buyer).items() if k != "payment_method"}
    assert (await api.post("/v1/purchases", unnamed)).refusal == (409, "no_default_payment_method")
    # when it is set, a purchase needs to name none
    chosen = {"payment_method": buyer.payment_method}
    look = await api.post(default, {**chosen, "validate_only": True}, key=None)
    assert (look.status, look.body["subscriptions"]) == (200, [])
    assert (await api.get(default)).body["payment_method"] is None
    assert (await api.post(default, chosen)).body["payment_method"] == buyer.payment_method
    bought = await api.post("/v1/purchases", unnamed)
    assert (bought.status, bought.body["status"]) == (201, "completed")
    shown = (await api.get(default)).body
    assert shown["subscriptions"] == [bought.body["subscription"]]
    # and a new one takes the subscription along
    card = (await add_card(api, buyer.customer)).payment_method
    moved = await api.post(default, {"payment_method": card})
    assert moved.body["subscriptions"] == [bought.body["subscription"]]
    subscription = (await api.get(f"/v1/subscriptions/{bought.body['subscription']}")).body
    assert subscription["payment_method"] == card
    refused = await api.post(f"/v1/payment_methods/{card}/detach", {})
    assert refused.refusal == (409, "payment_method_in_use")


async def test_a_cancellation_says_what_comes_back_where(api: Api, world: World) -> None:
    buyer = await new_buyer(api)
    bought = (await api.post("/v1/purchases", order(buyer))).body
    cancel = f"/v1/subscriptions/{bought['subscription']}/cancel"
    body = {"when": "now", "refund": "full"}
    look = (await api.post(cancel, {**body, "validate_only": True})).body
    assert [(one["payment"], one["total"]["amount"]) for one in look["refunds"]] == [
        (bought["payment"], 1199)
    ]
    assert look["stays_credit"]["amount"] == 0
    late = await api.post(cancel, {"when": "period_end", "refund": "unused"})
    assert late.refusal == (409, "refund_needs_end_now")
    done = await api.post(cancel, body)
    assert (done.status, done.body["status"]) == (200, "canceled")
    [refund] = (await api.get(f"/v1/refunds?payment={bought['payment']}")).body["data"]
    assert (refund["cause"], refund["total"]["amount"]) == ("credit", 1199)
    await world.advance(world.now + timedelta(minutes=1))
    [refund] = (await api.get(f"/v1/refunds?payment={bought['payment']}")).body["data"]
    assert refund["status"] == "succeeded"


async def test_exceptions_of_an_erased_customer_are_worked_without_words(
    api: Api, world: World
) -> None:
    bought, attempt = await _sold(api, world)
    await _opened(world, attempt, "provider_told")
    listed = (await api.get(f"{EXCEPTIONS}?reason=provider_told")).body["data"]
    [told] = [each for each in listed if each["subject"] == encode("att", attempt)]
    one = f"{EXCEPTIONS}/{told['id']}"
    await api.post(f"{one}/close", {"note": "Erika called"}, key="erased-1")
    await api.post(f"/v1/subscriptions/{bought['subscription']}/cancel", {"when": "now"})
    await world.advance(world.now + timedelta(minutes=1))
    erase = f"/v1/customers/{bought['customer']}/erase"
    assert (await api.post(erase, {"forfeit_credit": True})).status == 200
    # then who closed it stays, and neither it nor the kept answer has words
    shown = (await api.get(one)).body
    assert (shown["closed_by"], shown["resolution"]) == ("tests", None)
    again = await api.post(f"{one}/close", {"note": "Erika called"}, key="erased-1")
    assert again.status == 410
    # and what is told later is closed all the same, under a key
    await world.write("UPDATE money_exception SET closed_at = NULL, closed_by = NULL,"
                      " resolution = NULL WHERE subject_id = %s", attempt)  # fmt: skip
    closed = await api.post(f"{one}/close", {"note": "once more"}, key="erased-2")
    assert (closed.status, closed.body["resolution"]) == (200, None)
    assert (await api.post(f"{one}/close", {"note": "once more"}, key="erased-2")).status == 200
    await world.write("DELETE FROM money_exception")
