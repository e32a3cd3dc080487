"""Disputes as Adyen's own library defends and accepts them."""

from base64 import b64encode
from pathlib import Path
from typing import Any, Final

from tests.pspsim.adyen.official import ACCOUNT, PROVIDER, Face, adyen_face, ask

PACK: Final = b64encode(b"%PDF-1.7 a pack").decode()


async def _disputed(face: Face, reference: str) -> str:
    """Pay and have it charged back; return what the dispute is called."""
    await face.pay(reference, "tok_ok_1")
    asked = {"provider": PROVIDER, "reference": reference, "step": "open"}
    await face.running.control("dispute", asked)
    told = await face.told()
    [name] = [one["pspReference"] for one in told if one["eventCode"] == "CHARGEBACK"][-1:]
    return str(name)


async def _said(call: Any, name: str, **more: object) -> Any:
    order = {"disputePspReference": name, "merchantAccountCode": ACCOUNT, **more}
    return (await ask(call, order)).message


def _document(kind: str) -> dict[str, object]:
    return {"content": PACK, "contentType": "application/pdf", "defenseDocumentTypeCode": kind}


async def test_a_dispute_is_defended_with_a_document_and_only_once(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face:
        api = face.client.disputes.disputes_api
        name = await _disputed(face, "disputed-1")
        reasons = await _said(api.retrieve_applicable_defense_reasons, name)
        early = await _said(api.defend_dispute, name, defenseReasonCode="SupplyDefenseMaterial")
        wrong = await _said(
            api.supply_defense_document, name, defenseDocuments=[_document("Nothing")]
        )
        right = await _said(
            api.supply_defense_document, name, defenseDocuments=[_document("DefenseMaterial")]
        )
        defended = await _said(api.defend_dispute, name, defenseReasonCode="SupplyDefenseMaterial")
        twice = await _said(api.defend_dispute, name, defenseReasonCode="SupplyDefenseMaterial")
    assert "SupplyDefenseMaterial" in {
        one["defenseReasonCode"] for one in reasons["defenseReasons"]
    }
    done = [
        one["disputeServiceResult"]["success"] for one in (early, wrong, right, defended, twice)
    ]
    assert done == [False, False, True, True, False]


async def test_a_dispute_is_accepted(tmp_path: Path) -> None:
    async with adyen_face(tmp_path) as face:
        api = face.client.disputes.disputes_api
        name = await _disputed(face, "disputed-2")
        accepted = await _said(api.accept_dispute, name)
        twice = await _said(api.accept_dispute, name)
    assert accepted["disputeServiceResult"] == {"success": True}
    assert twice["disputeServiceResult"]["success"] is False
