"""Exceptions: what no machine may decide alone, and what people decide about it."""

from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import PREFIXES, ExceptionId, bucket_of, encode
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.console.filters import saved_of
from ledgerline.console.limiting import require_own
from ledgerline.flows.adopt_exception import Adoption, Effect, adopt_exception, preview_adoption
from ledgerline.flows.assign_exception import assign_exception
from ledgerline.flows.claim_key import Command
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.refund_exception import Return, preview_return, refund_exception
from ledgerline.payments import views
from ledgerline.payments.rows.evidence import ProposalsAsked
from ledgerline.payments.rows.exceptions import ExceptionsAsked, ExceptionView
from ledgerline.payments.rules.evidence import PROPOSABLE, Subject
from ledgerline.payments.rules.exceptions import HANDLING, Reason, due_at
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/exceptions"
WAITING_MAX: Final = 20
NOTE: Final = Field(
    name="note", label=noted("Note"),
    hint=noted("What was found, decided or done. No personal data."),
    is_long=True,
)  # fmt: skip
_REFERENCE: Final = Field(
    name="reference", label=noted("Provider’s id of the money"), is_optional=True,
    hint=noted("Only where it is not known yet."),
)  # fmt: skip


class Shown(NamedTuple):
    """An exception, by when somebody looks at it, and what ends it."""

    row: ExceptionView
    path: str
    due: datetime
    is_overdue: bool
    ended_by: str


async def list_(ask: Ask) -> Response:
    """List exceptions: open ones, or closed ones; the newest first."""
    closed = ask.asked.get("state") == "closed"
    mine = ask.asked.get("of") == "me"
    asked = ExceptionsAsked(
        before=id_in("exception", ask.asked.get("after", "")) or TOP, open_only=not closed,
        closed_only=closed, reasons=None, assigned_to=ask.actor if mine else None,
        late_reasons=None, late_before=[], limit=PAGE + 1,
    )  # fmt: skip
    waiting = ProposalsAsked(
        before=TOP, state="proposed", bucket=None, subject_id=None, limit=WAITING_MAX
    )
    async with ask.run.reading() as read:
        rows = await views.exceptions(read, asked)
        proposals = await views.proposals(read, waiting)
        refunds = await views.waiting_refunds(read, now=ask.run.now(), limit=WAITING_MAX)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    following = encode(PREFIXES["exception"], rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return ask.page(
        "exceptions.html",
        {
            "saved": await saved_of(ask),
            "exceptions": [_shown(ask, one) for one in rows[:PAGE]], "closed": closed,
            "mine": mine, "following": following, "colleagues": colleagues,
            "proposals": [(one, path_of("evidence_proposal", one.id)) for one in proposals],
            "refunds": [(one, path_of("refund_proposal", one.id)) for one in refunds],
            "section": SECTION,
        },
    )  # fmt: skip


async def show(ask: Ask) -> Response:
    """Show an exception, and what may be done about it."""
    row = await _read(ask)
    asked = ProposalsAsked(
        before=TOP, state=None, bucket=row.bucket, subject_id=row.subject_id, limit=20
    )
    async with ask.run.reading() as read:
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
        proposals = await views.proposals(read, asked)
    open_ = row.closed_at is None
    return ask.page(
        "exception.html",
        {
            "shown": _shown(ask, row), "colleagues": colleagues, "path_of": path_of,
            "proposals": [(one, path_of("evidence_proposal", one.id)) for one in proposals],
            "may": {
                "take": open_ and row.assigned_to != ask.actor,
                "close": open_ and HANDLING[Reason(row.reason)].by_hand,
                "adopt": open_ and row.reason == Reason.LATE_SUCCESS,
                "refund": open_ and row.reason == Reason.LATE_SUCCESS,
                "propose": open_ and is_proposable(row),
            },
            "section": SECTION,
        },
    )  # fmt: skip


def is_proposable(row: ExceptionView) -> bool:
    """Tell whether people may say how what it is about ended."""
    return row.kind in set(Subject) and row.reason in PROPOSABLE[Subject(row.kind)]


async def _read(ask: Ask) -> ExceptionView:
    id = ask.id("exception")
    async with ask.run.reading() as read:
        row = await views.exception(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return row


async def find(ask: Ask) -> Home[ExceptionView]:
    """Find what is acted on."""
    row = await _read(ask)
    return Home(
        of=row, path=path_of("exception", row.id) or "", label=noted("Exception"), kind="exception",
        id=row.id,
    )  # fmt: skip


def _shown(ask: Ask, row: ExceptionView) -> Shown:
    due = due_at(row.reason, row.opened_at)
    late = row.closed_at is None and due < ask.run.now()
    path = path_of("exception", row.id) or ""
    return Shown(
        row=row, path=path, due=due, is_overdue=late,
        ended_by=as_sentence(ask.say(HANDLING[Reason(row.reason)].ended_by)),
    )  # fmt: skip


def as_sentence(words: str) -> str:
    """Write what is said within others as a sentence of its own."""
    return f"{words[:1].upper()}{words[1:]}."


def _effect(ask: Ask, effect: Effect, button: str) -> Preview:
    amount = ask.writer.money(effect.amount.minor, effect.amount.currency)
    return Preview(
        sentence=as_sentence(ask.say(effect.words)),
        button=ask.say(button, amount=amount),
        seal=f"{effect.amount.minor} {effect.payment_id}",
        facts=tuple(
            (ask.say("%(debit)s to %(credit)s", debit=debit, credit=credit), amount)
            for debit, credit in effect.books
        ),
        after={"amount": effect.amount.minor, "currency": str(effect.amount.currency)},
    )


def _return(ask: Ask, row: ExceptionView, said: Said) -> Return:
    return Return(
        exception_id=ExceptionId(row.id), by=ask.actor, note=said.get("note", "preview"),
        psp_ref=said.get("reference") or None,
    )  # fmt: skip


def _adoption(ask: Ask, row: ExceptionView, said: Said) -> Adoption:
    return Adoption(
        exception_id=ExceptionId(row.id), by=ask.actor, note=said.get("note", "preview"),
        psp_ref=said.get("reference") or None,
    )  # fmt: skip


async def _preview_return(ask: Ask, row: ExceptionView, said: Said) -> Preview:
    effect = await preview_return(ask.run, _return(ask, row, said))
    await require_own(ask, [effect.amount])
    return _effect(ask, effect, noted("Give back %(amount)s"))


async def _give_back(ask: Ask, row: ExceptionView, said: Said, command: Command) -> None:
    await refund_exception(ask.run, _return(ask, row, said), command=command)


async def _preview_adoption(ask: Ask, row: ExceptionView, said: Said) -> Preview:
    effect = await preview_adoption(ask.run, _adoption(ask, row, said))
    return _effect(ask, effect, noted("Take %(amount)s"))


async def _adopt(ask: Ask, row: ExceptionView, said: Said, command: Command) -> None:
    await adopt_exception(ask.run, _adoption(ask, row, said), command=command)


async def _preview_close(ask: Ask, row: ExceptionView, _: Said) -> Preview:
    late = row.reason == Reason.LATE_SUCCESS
    said = (
        ask.say("Closing says that the money was given back at the provider: it leaves suspense.")
        if late
        else ask.say("Closing moves no money. The note says what was found or done.")
    )
    return Preview(
        sentence=said, button=ask.say("Close it"), seal=row.reason, before={"state": "open"},
        after={"state": "closed"},
    )  # fmt: skip


async def _close(ask: Ask, row: ExceptionView, said: Said, command: Command) -> None:
    decision = Decision(
        bucket=row.bucket, subject_id=row.subject_id, reason=Reason(row.reason), by=ask.actor,
        note=said["note"],
    )  # fmt: skip
    await close_exception(ask.run, decision, command=command)


async def _preview_take(ask: Ask, row: ExceptionView, _: Said) -> Preview:
    return Preview(
        sentence=ask.say("Your colleagues see that you work on it."), button=ask.say("Take it"),
        seal=row.assigned_to or "-", before={"assigned_to": row.assigned_to or "nobody"},
    )  # fmt: skip


async def _take(ask: Ask, row: ExceptionView, _: Said, command: Command) -> None:
    await assign_exception(ask.run, ExceptionId(row.id), to=ask.actor, command=command)


def _asks(_: Ask, __: ExceptionView) -> tuple[Field, ...]:
    return (_REFERENCE,)


TAKE: Final = Action(
    name="assigned", heading=noted("Work on it"), find=find, preview=_preview_take, carry_out=_take
)
CLOSE: Final = Action(
    name="exception_closed",
    heading=noted("Close"),
    find=find,
    preview=_preview_close,
    carry_out=_close,
    words=(NOTE,),
)
ADOPT: Final = Action(
    name="adopted", heading=noted("Take it into the books"), find=find, preview=_preview_adoption,
    carry_out=_adopt, asks=_asks, words=(NOTE,),
)  # fmt: skip
GIVE_BACK: Final = Action(
    name="given_back", heading=noted("Give the money back"), find=find, preview=_preview_return,
    carry_out=_give_back, asks=_asks, words=(NOTE,),
)  # fmt: skip
