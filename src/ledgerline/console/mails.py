"""Mails: what customers were written, to whom, what became of it, and sending one again."""

from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.db import ReadTx
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import PREFIXES, Bucket, CustomerId, MailId, bucket_of, encode
from ledgerline.base.masks import EMAIL_MASK, mask_address
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.actions import Action, Home, Preview, Said
from ledgerline.console.asking import HTML, Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.flows.claim_key import Command
from ledgerline.flows.read_buyer import Sealing
from ledgerline.flows.resend_mail import preview_resend, resend_mail
from ledgerline.flows.show_mail import Shown, show_mail
from ledgerline.mail import views
from ledgerline.mail.model import MailKind, MailState
from ledgerline.mail.rows import MailView
from ledgerline.mail.rules.occasions import subject_kind
from ledgerline.mail.rules.sending import recent
from ledgerline.web.forms import PageMissing
from ledgerline.web.policy import letter_headers
from ledgerline.web.wire import Response

SECTION: Final = "/console/mails"
LOOKED: Final = 10_000
"""Among how many mails a page looks for those of a state or a kind that no index holds."""
RARE: Final = frozenset({MailState.UNKNOWN, MailState.BOUNCED, MailState.FAILED})
"""What an index holds by its state."""
_SQL: Final = statements(__name__)
_KINDS: Final = tuple(str(one) for one in MailKind)
_STATES: Final = tuple(str(one) for one in MailState)


class ListedView(NamedTuple):
    """A mail as it is listed; ``wrapped`` opens the address that it went to."""

    bucket: Bucket
    id: MailId
    kind: str
    customer_id: CustomerId
    occurred_at: datetime
    sequence: int
    state: str
    reason: str | None
    tries: int
    language: str | None
    address_sealed: bytes | None
    wrapped: bytes | None


class LookedView(NamedTuple):
    """The last mail that a page looked at."""

    id: MailId


class SentView(NamedTuple):
    """One time that a mail was written, and by whom: ``events``, or who sent it again."""

    id: MailId
    sequence: int
    state: str
    actor: str
    written_at: datetime


class EventView(NamedTuple):
    """The event that a mail tells of."""

    id: UUID
    kind: str
    seq: int
    occurred_at: datetime


class Asked(NamedTuple):
    """Which mails are asked for, and before which."""

    before: UUID
    state: str | None
    kind: str | None
    customer: UUID | None

    @property
    def rare(self) -> str | None:
        """Return the state by which they are found at once; None where they are looked for."""
        return self.state if self.state in RARE else None


class Page(NamedTuple):
    """A page of mails, and after which the next one begins."""

    rows: list[ListedView]
    following: UUID | None


async def list_(ask: Ask) -> Response:
    """List mails, the newest first: of a state, a kind, a customer."""
    said = {name: ask.asked.get(name, "") for name in ("state", "kind", "customer")}
    asked = Asked(
        before=id_in("mail", ask.asked.get("after", "")) or TOP,
        state=said["state"] if said["state"] in _STATES else None,
        kind=said["kind"] if said["kind"] in _KINDS else None,
        customer=id_in("customer", said["customer"]),
    )  # fmt: skip
    if said["customer"] and asked.customer is None:
        raise PageMissing
    async with ask.run.reading() as read:
        page = await _page(read, ask, asked)
    query = urlencode({name: value for name, value in said.items() if value})
    return ask.page(
        "mails.html",
        {
            "mails": [(one, path_of("mail", one.id), _to(ask, one)) for one in page.rows],
            "following": page.following and encode(PREFIXES["mail"], page.following),
            "query": f"{query}&" if query else "", "path_of": path_of, **said,
            "states": _STATES, "kinds": _KINDS, "among": LOOKED, "section": SECTION,
            "is_filtered": asked.state or asked.kind,
        },
    )  # fmt: skip


async def _page(read: ReadTx, ask: Ask, asked: Asked) -> Page:
    """Read a page; where few are found among those that were looked at, it goes on below them."""
    if asked.customer is not None:
        rows = await read.rows(
            _SQL["mails_of_customer"], ListedView, bucket=bucket_of(asked.customer),
            customer_id=asked.customer, months=recent(ask.run.now()), before=asked.before,
            state=asked.state, mail_kind=asked.kind, limit=PAGE + 1,
        )  # fmt: skip
        return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)
    where = {"before": asked.before, "rare": asked.rare, "looked": LOOKED}
    rows = await read.rows(
        _SQL["mails"], ListedView, **where, state=asked.state, mail_kind=asked.kind, limit=PAGE + 1
    )
    if len(rows) > PAGE:
        return Page(rows[:PAGE], rows[PAGE - 1].id)
    last = await read.row(_SQL["looked_at"], LookedView, **where)
    return Page(rows, None if last is None else last.id)


def _to(ask: Ask, row: ListedView | MailView) -> str:
    """Write to whom a mail went, masked; empty where that was never kept, or is erased."""
    if row.address_sealed is None or row.wrapped is None:
        return ""
    if not ask.sees_people:
        return EMAIL_MASK
    try:
        sealing = Sealing(ask.run, ask.run.keyring.unwrap(row.wrapped), row.customer_id)
        address = sealing.open_email(row.address_sealed)
    except CannotDecrypt:
        return ask.say("unreadable")
    return mask_address(address or "")


async def show(ask: Ask) -> Response:
    """Show a mail: what it says, what it tells of, and each time that it was written."""
    id = ask.id("mail")
    async with ask.run.reading() as read:
        row = await _read(read, id)
        of = {"subject_id": row.subject_id, "bucket": row.bucket, "occasion": row.occasion}
        event = await read.row(_SQL["event"], EventView, **of)
        sent = await read.rows(_SQL["sent"], SentView, **of, kind=row.kind)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    shown = await _shown(ask, row)
    return ask.page(
        "mail.html",
        {
            "row": row, "id": encode(PREFIXES["mail"], id), "letter": shown and shown.letter,
            "number": shown and shown.facts.number, "to": _to(ask, row), "event": event,
            "sent": [(one, path_of("mail", one.id)) for one in sent], "colleagues": colleagues,
            "about": _about(row), "path_of": path_of, "section": SECTION,
        },
        is_framing=True,
    )  # fmt: skip


async def show_letter(ask: Ask) -> Response:
    """Give a mail as its reader sees it, inside of the frame of its page."""
    async with ask.run.reading() as read:
        row = await _read(read, ask.id("mail"))
    shown = await _shown(ask, row)
    if shown is None:
        raise PageMissing
    return Response(200, shown.letter.html.encode(), HTML, letter_headers())


async def _read(read: ReadTx, id: UUID) -> MailView:
    row = await views.mail(read, bucket=bucket_of(id), id=MailId(id))
    if row is None:
        raise PageMissing
    return row


async def _shown(ask: Ask, row: MailView) -> Shown | None:
    """Render what a mail says: without its address, which the letter does not name."""
    return await show_mail(ask.run, row._replace(wrapped=None))


def _about(row: MailView) -> tuple[str, str]:
    """Return of which kind the object is that a mail tells of, and where it is found."""
    kind = subject_kind(MailKind(row.kind))
    named = encode(PREFIXES[kind], row.subject_id)
    return kind, path_of(kind, row.subject_id) or f"/console/find?q={named}"


async def _find(ask: Ask) -> Home[MailView]:
    id = ask.id("mail")
    async with ask.run.reading() as read:
        row = await _read(read, id)
    return Home(
        of=row, path=path_of("mail", id) or "", label=noted("Mail"), kind="mail", id=id,
        customer_id=row.customer_id,
    )  # fmt: skip


async def _preview(ask: Ask, row: MailView, _: Said) -> Preview:
    again = await preview_resend(ask.run, row.id)
    to = mask_address(again.address)
    sentence = ask.say("The customer gets it once more, with what is the case now.")
    if row.state == MailState.UNKNOWN:
        sentence = ask.say(
            "Nobody knows whether the customer has it already; who has it gets it twice."
        )
    return Preview(
        sentence=sentence,
        button=ask.say("Send to %(address)s", address=to),
        seal=f"{again.sequence} {to} {again.locale}",
        facts=(
            (ask.say("Mail"), ask.writer.word(row.kind)),
            (ask.say("To"), to),
            (ask.say("Language"), again.locale),
            (ask.say("Written before"), ask.writer.number(again.sequence - 1)),
        ),
        before={"state": row.state},
        after={"sequence": again.sequence},
    )


async def _resend(ask: Ask, row: MailView, _: Said, command: Command) -> None:
    await resend_mail(ask.run, row.id, actor=ask.actor, command=command)


RESEND: Final = Action(
    name="mail_resent", heading=noted("Send again"), find=_find, preview=_preview,
    carry_out=_resend,
)  # fmt: skip
