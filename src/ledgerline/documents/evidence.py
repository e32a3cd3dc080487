"""The pack of evidence for a dispute: a PDF of what the books hold, for the provider's people.

Pure: the same facts give the same bytes. It says what is stored and judges nothing; it is in
English, which the people of providers and networks read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from ledgerline.base.ids import PREFIXES, DisputeId, encode
from ledgerline.base.money import EXPONENTS
from ledgerline.documents.glyphs import Ink
from ledgerline.documents.pdf import compile_pdf, template

_TEMPLATE: Final = template("evidence.typ")
_REGION: Final = "zh-Hans"  # whose form Chinese characters take, should a text hold any
_NOTHING: Final = "none stored"
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pack:
    """The facts of one dispute, as JSON values, and which dispute that is."""

    dispute: str
    facts: Facts


def read_pack(text: str, *, dispute_id: DisputeId) -> Pack:
    """Read facts as they were gathered."""
    return Pack(encode(PREFIXES["dispute"], dispute_id), msgspec.json.decode(text))


def render_evidence(pack: Pack) -> bytes:
    """Render a pack as PDF/A-3a and PDF/UA-1; raises `faces.FontsMissing` as documents do."""
    ink = Ink(region=_REGION)
    facts = pack.facts
    content: dict[str, object] = {
        "title": f"Evidence for dispute {pack.dispute}",
        "author": facts["invoice"]["legal_name"],
        "head": _pairs(ink, _head(pack)),
        "sections": [
            {"title": title, "rows": [_pairs(ink, row) for row in rows], "none": _NOTHING}
            for title, rows in _sections(facts)
        ],
    }
    ink.need(content)
    content["families"] = ink.families()
    created = datetime.fromisoformat(facts["dispute"]["opened_at"])
    return compile_pdf(_TEMPLATE, content, created=created, packages=ink.packages())


def _pairs(ink: Ink, row: Mapping[str, object]) -> list[list[str]]:
    return [[name, ink.text(str(value))] for name, value in row.items() if value is not None]


def _head(pack: Pack) -> dict[str, object]:
    dispute, charge = pack.facts["dispute"], pack.facts["charge"]
    return {
        "Merchant": pack.facts["invoice"]["legal_name"],
        "Dispute": f"{pack.dispute} ({dispute['psp_ref'] or 'not named by the provider'})",
        "Reason": " ".join(filter(None, (dispute["reason"], dispute["reason_code"]))),
        "Amount disputed": _money(dispute["amount_minor"], dispute["currency"]),
        "Answer due": _at(dispute["due_by"]),
        "Charge": charge["psp_ref"],
        "Our reference": charge["id"],
    }


def _sections(facts: Facts) -> Iterator[tuple[str, list[dict[str, object]]]]:
    code = facts["dispute"]["currency"]
    yield "The charge", [_charge(facts["charge"], code)]
    yield "What was bought", [_invoice(facts, code), *(_line(one, code) for one in facts["lines"])]
    yield "What the payer accepted", [_agreement(one) for one in facts["agreements"]]
    yield "Service that was given", [_service(one) for one in facts["service"]]
    yield (
        "Earlier charges of this payment method that nobody disputed",
        [_earlier(one) for one in facts["earlier"]],
    )
    yield (
        "The subscription: beginning, changes, cancellation",
        [_happened(one) for one in facts["history"]],
    )
    yield "What was given back of this charge", [_refund(one) for one in facts["refunds"]]


def _agreement(one: Facts) -> dict[str, object]:
    return {
        "Text": f"{one['kind']}, version {one['text_version']}",
        "Accepted": _at(one["accepted_at"]),
        "Through": one["channel"],
        "SHA-256 of the address": one["ip_hash"],
    }


def _service(one: Facts) -> dict[str, object]:
    return {
        "Service": one["component"],
        "From": _at(one["starts_at"]),
        "Until": _at(one["ends_at"]),
    }


def _earlier(one: Facts) -> dict[str, object]:
    return {
        "Charged": _at(one["ended_at"]),
        "Amount": _money(one["amount_minor"], one["currency"]),
        "Charge": one["psp_ref"],
    }


def _happened(one: Facts) -> dict[str, object]:
    return {
        "What": one["kind"].replace("_", " "),
        "Effective": one["effective"],
        "Recorded": _at(one["recorded_at"]),
        "By": one["actor"],
    }


def _refund(one: Facts) -> dict[str, object]:
    return {
        "Amount": _money(one["amount_minor"], one["currency"]),
        "State": one["state"],
        "Ended": _at(one["ended_at"]),
        "Refund": one["psp_ref"],
    }


def _charge(charge: Facts, code: str) -> dict[str, object]:
    return {
        "Amount": _money(charge["amount_minor"], code),
        "Sent": _at(charge["sent_at"]),
        "Captured": _at(charge["ended_at"]),
        "Begun by": charge["initiator"],
        "Paid with": f"{charge['brand']} ending in {charge['last4']}",
        "Card begins with": charge["bin"],
        "Funding": charge["funding"],
        "Issued in": charge["issuer_country"],
        "First transaction of the network": charge["nti_initial"],
    }


def _invoice(facts: Facts, code: str) -> dict[str, object]:
    invoice, receipt = facts["invoice"], facts["receipt"] or {}
    return {
        "Invoice": invoice["number"] or "not numbered yet",
        "Issued": invoice["issued_on"],
        "Total with tax": _money(invoice["total_minor"], code),
        "Receipt": receipt.get("number"),
        "Receipt issued": _at(receipt.get("issued_at")),
    }


def _line(line: Facts, code: str) -> dict[str, object]:
    return {
        "Line": f"{line['plan_code']} ({line['component']}), {line['quantity']} units",
        "For": f"{line['period_start']} to {line['period_end']}, the end excluded",
        "With tax": _money(line["gross_minor"], code),
    }


def _money(minor: int, code: str) -> str:
    places = EXPONENTS[code]
    whole, rest = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d} {code}" if places else f"{sign}{whole} {code}"


def _at(text: str | None) -> str | None:
    """Write an instant in UTC to the second."""
    return None if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
