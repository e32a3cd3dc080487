"""Disputes over the API: listed, looked at, proven, answered by hand and given up."""

from datetime import timedelta
from io import BytesIO
from typing import Any, Final

from pypdf import PdfReader

from ledgerline.base.ids import PREFIXES, bucket_of, decode, encode
from ledgerline.payments.disputes import DisputeEvent
from tests.disputing import tell
from tests.flow_world import World
from tests.scenarios.api_client import Api, new_buyer, order

DAY: Final = timedelta(days=1)


async def _disputed(api: Api, world: World, ref: str) -> tuple[str, Any]:
    """Buy a month that is disputed at once."""
    buyer = await new_buyer(api)
    bought = await api.post("/v1/purchases", order(buyer))
    assert bought.status == 201, bought
    [payment] = (await api.get(f"/v1/payments?invoice={bought.body['invoice']}")).body["data"]
    attempt = await world.value(
        "SELECT settled_attempt_id FROM payment WHERE id = %s",
        decode(PREFIXES["payment"], payment["id"]),
    )
    due = world.now + 7 * DAY
    minor = payment["total"]["amount"]
    dispute = await tell(world, attempt, DisputeEvent.OPENED, ref=ref, due_by=due, minor=minor)
    assert dispute is not None
    assert bucket_of(dispute) == bucket_of(attempt)
    return encode(PREFIXES["dispute"], dispute), payment


async def test_a_dispute_is_shown_proven_and_answered(api: Api, world: World) -> None:
    dispute, payment = await _disputed(api, world, "dp_api_1")
    path = f"/v1/disputes/{dispute}"
    # when it is looked at
    found = (await api.get(path)).body
    assert (found["status"], found["kind"], found["total"]) == (
        "needs_response", "card", payment["total"],
    )  # fmt: skip
    assert found["answer_by"] < found["due_by"]
    assert [one["event"] for one in found["facts"]] == ["opened"]
    listed = await api.get(f"/v1/disputes?payment={payment['id']}&status=needs_response")
    assert [one["id"] for one in listed.body["data"]] == [dispute]
    # then its payment gives nothing back
    refund = await api.post("/v1/refunds", {"payment": payment["id"], "reason": "no"})
    assert refund.refusal == (409, "payment_disputed")
    assert (await api.get(f"/v1/payments/{payment['id']}")).body["refundable"]["amount"] == 0
    # and the pack says what the books hold
    raw = await api.raw(f"{path}/evidence.pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(raw)).pages)
    # where a line breaks depends on the widths of ids: the words are compared without breaks
    text = "".join(text.replace("\N{ZERO WIDTH SPACE}", "").split())
    for said in (dispute, "Servicethatwasgiven", "individual_monthly", "endingin"):
        assert said in text, said
    assert raw == await api.raw(f"{path}/evidence.pdf")
    # when it is sent to a provider that does not know of it
    plan = (await api.get(f"{path}/evidence")).body
    assert (plan["provider_reference"], plan["bytes"]) == ("dp_api_1", len(raw))
    assert (await api.get(f"{path}/evidence?defence=any")).refusal == (422, "defence_refused")
    sent = await api.post(f"{path}/send", {}, key=None)
    assert (sent.status, sent.body["status"]) == (200, "needs_response")
    assert [(one["status"], one["sha256"]) for one in sent.body["evidence"]] == [
        ("refused", plan["sha256"]),
    ]  # fmt: skip
    # and when it is answered by hand
    note = {"note": "sent the pack"}
    preview = await api.post(f"{path}/submit", {**note, "validate_only": True}, key=None)
    assert preview.body["status"] == "under_review"
    assert (await api.get(path)).body["status"] == "needs_response"
    answered = await api.post(f"{path}/submit", note, key=None)
    assert (answered.status, answered.body["status"]) == (200, "under_review")
    # then it cannot be given up any more
    late = await api.post(f"{path}/accept", note, key=None)
    assert late.refusal == (409, "dispute_not_answerable")


async def test_a_dispute_is_given_up_once(api: Api, world: World) -> None:
    dispute, _ = await _disputed(api, world, "dp_api_2")
    path = f"/v1/disputes/{dispute}"
    note = {"note": "not worth it"}
    first, lost = [await api.post(f"{path}/accept", note, key=None) for _ in range(2)]
    assert first.body == lost.body
    assert (lost.status, lost.body["status"]) == (200, "accepted")
    assert [one["event"] for one in lost.body["facts"]] == ["opened", "accepted"]
    unknown = await api.get("/v1/disputes/dsp_01h455vb4pex5vsknk084sn02q")
    assert unknown.refusal == (404, "dispute_not_found")
