"""Finding: by id, document number, e-mail address or one's own id, and the way to any screen.

Only what is named exactly is found, so nobody lists customers by trying letters; and only what the
reader's role opens. An auditor sees no addresses and finds nothing by one.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.access import views as access
from ledgerline.access.model import EmailRefused
from ledgerline.access.rules.external_ids import sought as named
from ledgerline.access.rules.people import email_of
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, Bucket, WrongIdKind, bucket_of, decode, encode
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.catalog.rules.numbering import position_in, read_template
from ledgerline.console.asking import Ask, id_in, path_of, see_other
from ledgerline.console.people import person_of
from ledgerline.customers import views as customers
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.read_buyer import email_hash
from ledgerline.subscriptions import views as subscriptions
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Response

TEXT_MAX: Final = 200
SHARED_MAX: Final = 20
"""How many customers of one e-mail address are shown."""
_SQL: Final = statements(__name__)
_KINDS: Final = {
    "customer": noted("Customer"), "subscription": noted("Subscription"),
    "payment": noted("Payment"), "invoice": noted("Invoice"), "exception": noted("Exception"),
    "evidence_proposal": noted("Proposal"), "refund_proposal": noted("Proposed refund"),
    "dispute": noted("Dispute"), "settlement_file": noted("Settlement file"),
    "bill_run": noted("Bill run"), "bulk_job": noted("Bulk job"), "person": noted("Person"),
    "mail": noted("Mail"),
}  # fmt: skip
PARTS: Final = {
    "attempt": noted("Payment of this attempt"),
    "refund": noted("Payment of this refund"),
    "receipt": noted("Payment of this receipt"),
    "credit_note": noted("Invoice of this credit note"),
    "dispute_evidence": noted("Dispute of this evidence"),
    "payout": noted("Settlement file of this payout"),
    "payment_method": noted("Customer of this payment method"),
    "mandate": noted("Customer of this mandate"),
    "payment_method_setup": noted("Customer of this set-up"),
    "purchase": noted("Customer of this purchase"),
    "checkout_session": noted("Customer of this checkout"),
    "credit_lot": noted("Customer of this credit"),
    "customer_note": noted("Customer of this note"),
    "event": noted("Customer of this event"),
}
"""What has no page of its own, and on which page it stands."""
PREFIXED: Final = {PREFIXES[kind]: kind for kind in (*_KINDS, *PARTS)}
_ACTS: Final = (
    ("customer", "credit", noted("Give credit")),
    ("customer", "pay-out", noted("Pay out credit")),
    ("customer", "portal-link", noted("Make a portal link")),
    ("customer", "note", noted("Write a note")),
    ("payment", "refund", noted("Refund")),
    ("invoice", "pay", noted("Charge now")),
    ("subscription", "change", noted("Change plan")),
    ("subscription", "undo", noted("Take back what is planned")),
    ("subscription", "pause", noted("Pause plan")),
    ("subscription", "resume", noted("Resume plan")),
    ("subscription", "cancel", noted("Cancel plan")),
    ("mail", "resend", noted("Send again")),
)
_NAMED: Final = ("customer", "subscription")
_DOCUMENTS: Final = {
    "invoice": (noted("Invoice"), "invoice"), "credit_note": (noted("Credit note"), "invoice"),
    "receipt": (noted("Receipt"), "payment"),
}  # fmt: skip


_FOUND: Final = noted("Found")
_DO: Final = noted("Do")
_SCREENS: Final = noted("Screens")


class Hit(NamedTuple):
    """Somewhere to go: under which heading, what it is called, and what is said of it."""

    group: str
    label: str
    path: str
    note: str = ""


class SeriesView(NamedTuple):
    """A series of document numbers."""

    id: UUID
    kind: str
    period: str
    template: str


class StandsView(NamedTuple):
    """On which page something stands."""

    kind: str
    page_id: UUID


class NumberedView(NamedTuple):
    """What bears a number, and of which page."""

    kind: str
    bucket: Bucket
    display: str
    page_id: UUID


async def find(ask: Ask) -> Response:
    """Go to what an id names; else list what is found. The palette asks for the list as JSON."""
    sought = ask.asked.get("q", "").strip()[:TEXT_MAX]
    hits = await _hits(ask, sought)
    if "application/json" in (ask.request.listed("accept") or ""):
        return _listed(ask, hits)
    exact = [one for one in hits if one.group == _FOUND]
    if len(exact) == 1 and _kind_of(sought) is not None:
        return see_other(exact[0].path)
    is_missing = bool(sought) and not hits
    return ask.page(
        "find.html",
        {
            "sought": sought, "groups": _grouped(ask, hits), "section": "",
            "by": _searched(ask),
        },
        status=404 if is_missing else 200,
    )  # fmt: skip


def _listed(ask: Ask, hits: Sequence[Hit]) -> Response:
    groups = [
        {"name": name, "hits": [{"label": one.label, "note": one.note, "path": one.path}
                                for one in some]}
        for name, some in _grouped(ask, hits)
    ]  # fmt: skip
    body = json.dumps({"groups": groups, "said": "" if hits else _searched(ask)}).encode()
    return Response(200, body, "application/json", headers_of("none"))


def _grouped(ask: Ask, hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    return [(ask.say(name), list(some)) for name, some in groupby(hits, key=lambda one: one.group)]


def _searched(ask: Ask) -> str:
    """Say what can be found by the reader."""
    if not ask.may("/console/customers"):
        return ask.say("Screens are found by their name.")
    if ask.sees_people:
        return ask.say(
            "Found are: an e-mail address, an id of any kind (cus_…, pay_…, dsp_…), the number of"
            " an invoice, credit note or receipt, an id of your own, and screens by their name. All"
            " but screens as a whole."
        )
    return ask.say(
        "Found are: an id of any kind (cus_…, pay_…, dsp_…), the number of an invoice, credit note"
        " or receipt, an id of your own, and screens by their name. All but screens as a whole."
    )


async def _hits(ask: Ask, sought: str) -> list[Hit]:
    screens = [
        Hit(_SCREENS, ask.say(one.label), one.path)
        for one in ask.places
        if sought.casefold() in ask.say(one.label).casefold()
    ]
    if not sought or not ask.may("/console/customers"):
        return screens
    async with ask.run.reading() as read:
        found = await _by_id(read, ask, sought)
        found += await _by_number(read, ask, sought)
        found += await _by_email(read, ask, sought)
        found += await _by_external_id(read, ask, sought)
    return [*dict.fromkeys(found), *screens]


async def _by_id(read: ReadTx, ask: Ask, sought: str) -> list[Hit]:
    """Find what an id names, where the reader may see it, and what may be done about it."""
    kind = _kind_of(sought)
    id = None if kind is None else _id_of(kind, sought)
    if kind is None or id is None:
        return []
    if kind in PARTS:
        row = await read.row(_SQL["stands_on"], StandsView, kind=kind, id=id, bucket=bucket_of(id))
        path = None if row is None or not ask.may_see(row.kind) else path_of(row.kind, row.page_id)
        return [] if path is None else [Hit(_FOUND, ask.say(PARTS[kind]), path, sought)]
    path = await _page(read, ask, kind, id)
    if path is None:
        return []
    acts = [
        Hit(_DO, ask.say(act), f"/console/{kind}s/{sought}/{folder}", sought)
        for of, folder, act in _ACTS
        if of == kind and ask.may(f"/console/{kind}s/{{id}}/{folder}")
    ]
    return [Hit(_FOUND, ask.say(_KINDS[kind]), path, sought), *acts]


def _kind_of(sought: str) -> str | None:
    """Tell of which kind an id is by its prefix; None for what is none."""
    return PREFIXED.get(sought.lower().rpartition("_")[0])


def _id_of(kind: str, sought: str) -> UUID | None:
    """Read an id; those of files are made of what is in them."""
    if kind != "settlement_file":
        return id_in(kind, sought)
    try:
        return decode(PREFIXES[kind], sought)
    except WrongIdKind:
        return None


async def _page(read: ReadTx, ask: Ask, kind: str, id: UUID) -> str | None:
    """Return the page of an id; a subscription stands on that of its customer."""
    if kind != "subscription":
        return path_of(kind, id) if ask.may_see(kind) else None
    owner = await subscriptions.owner(read, bucket=bucket_of(id), id=id)
    return None if owner is None else path_of("customer", owner.customer_id)


async def _by_number(read: ReadTx, ask: Ask, sought: str) -> list[Hit]:
    """Find documents by number: each series says at which of its positions that would stand."""
    found = []
    for one in await read.rows(_SQL["series"], SeriesView):
        position = position_in(read_template(one.template), sought, year=one.period)
        if position is None:
            continue
        row = await read.row(_SQL["numbered"], NumberedView, series_id=one.id, position=position)
        if row is not None:
            label, kind = _DOCUMENTS[row.kind]
            found.append(Hit(_FOUND, ask.say(label), path_of(kind, row.page_id) or "", row.display))
    return found


async def _by_email(read: ReadTx, ask: Ask, sought: str) -> list[Hit]:
    if not ask.sees_people:
        return []
    try:
        hashed = email_hash(ask.run, email_of(sought))
    except EmailRefused:
        return []
    assert hashed is not None, "there is an address"
    rows = await customers.customers_of_email(read, email_hash=hashed, limit=SHARED_MAX)
    return [_customer(ask, row) for row in rows]


async def _by_external_id(read: ReadTx, ask: Ask, sought: str) -> list[Hit]:
    found = []
    for kind in _NAMED:
        key = named(kind, sought)
        owner = await access.owner(
            read, lookup_bucket=key.lookup_bucket, kind=key.kind, key_hash=key.key_hash
        )
        if owner is None or owner.owner_id is None:
            continue
        path = await _page(read, ask, kind, owner.owner_id)
        if path is not None:
            note = encode(PREFIXES[kind], owner.owner_id)
            found.append(Hit(_FOUND, ask.say(_KINDS[kind]), path, note))
    return found


def _customer(ask: Ask, row: CustomerView) -> Hit:
    note = encode(PREFIXES["customer"], row.id)
    return Hit(_FOUND, person_of(ask, row).name, path_of("customer", row.id) or "", note)
