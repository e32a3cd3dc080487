"""Bulk jobs: chosen, looked at, started by whom it takes, and watched."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from markupsafe import Markup

from ledgerline.access import views as access
from ledgerline.access.model import AlreadyDone
from ledgerline.access.rules.people import actor_of
from ledgerline.base.errors import Rejected
from ledgerline.base.saying import noted
from ledgerline.bulk import views
from ledgerline.bulk.model import BulkKind, BulkOutcome, BulkRefused, BulkState, BulkStep
from ledgerline.bulk.rows import BulkJobRow, BulkSumView
from ledgerline.bulk.rules.jobs import ROWS_MAX, require_step, state_of
from ledgerline.console.actions import Action, Home, Preview, Said
from ledgerline.console.asking import Ask, path_of, see_other
from ledgerline.console.choosing import CHOOSING
from ledgerline.flows.choose_bulk import By, Choice, choose_bulk
from ledgerline.flows.claim_key import Command
from ledgerline.flows.steer_bulk import steer_bulk
from ledgerline.flows.work_bulk import DOERS
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/bulk"
LINES_MAX: Final = 500
SAMPLES: Final = 5
SHOWN: Final = 100
LABELS: Final = {
    BulkKind.CHARGE_INVOICES: noted("Charge open invoices"),
    BulkKind.CANCEL_SUBSCRIPTIONS: noted("Cancel plans at the end of what is paid"),
}
_BUTTONS: Final = {
    BulkKind.CHARGE_INVOICES: (
        noted("Charge %(count)s"),
        noted("Charge %(count)s, %(sum)s in all"),
    ),
    BulkKind.CANCEL_SUBSCRIPTIONS: (
        noted("Cancel %(count)s"),
        noted("Cancel %(count)s, %(sum)s in all"),
    ),
}


async def list_(ask: Ask) -> Response:
    """List the newest jobs, and let one choose another."""
    return await _listed(ask)


async def _listed(ask: Ask, *, said: Said | None = None, alert: str = "") -> Response:
    async with ask.run.reading() as read:
        jobs = await views.jobs(read)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    return ask.page(
        "bulk.html",
        {
            "jobs": [(one, state_of(one), path_of("bulk_job", one.id)) for one in jobs],
            "kinds": [(one.value, LABELS[one]) for one in _may(ask)], "labels": LABELS,
            "colleagues": colleagues, "hidden": ask.sealed(), "said": said or {},
            "alert": alert, "lines_max": LINES_MAX, "section": SECTION,
        },
        status=422 if alert else 200,
    )  # fmt: skip


async def choose(ask: Ask) -> Response:
    """Freeze what was chosen; nothing is done yet."""
    form = await ask.form()
    ask.require_sealed(form)
    try:
        choice = await _choice(ask, form)
        job_id = await choose_bulk(ask.run, choice, _by(ask, form["nonce"]))
    except AlreadyDone:
        return see_other(SECTION)
    except Rejected as refused:
        return await _listed(ask, said=form, alert=ask.say(refused.detail))
    return see_other(path_of("bulk_job", job_id) or SECTION)


async def _choice(ask: Ask, form: Said) -> Choice:
    try:
        kind = BulkKind(form.get("kind", ""))
    except ValueError as wrong:
        raise BulkRefused(ask.say("choose what is to be done")) from wrong
    _require_doer(ask, kind)
    lines = form.get("ids", "").split()
    if len(lines) > LINES_MAX:
        raise BulkRefused(ask.say("at most %(count)s ids at once", count=LINES_MAX))
    choosing = CHOOSING[kind]
    if form.get("all") == "yes" and choosing.all_of_them is not None:
        candidates = await choosing.all_of_them(ask, ROWS_MAX)
        return Choice(kind, choosing.all_called, candidates)
    return Choice(kind, "ids", await choosing.by_ids(ask, lines))


async def show(ask: Ask) -> Response:
    """Show a job: what it does, how far it is, and what came to nothing."""
    row = await _read(ask)
    async with ask.run.reading() as read:
        sums = await views.sums(read, job_id=row.id)
        samples = await views.rows(read, job_id=row.id, outcomes=None, limit=SAMPLES)
        wrong = await views.rows(
            read, job_id=row.id, outcomes=[BulkOutcome.EXCLUDED, BulkOutcome.REFUSED], limit=SHOWN
        )
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    kind, state = BulkKind(row.kind), state_of(row)
    return ask.page(
        "bulk_job.html",
        {
            "row": row, "state": state, "label": LABELS[kind], "sums": sums,
            "samples": [(one, _subject(kind, one.subject_id)) for one in samples],
            "wrong": [(one, _subject(kind, one.subject_id)) for one in wrong],
            "counts": _counts(sums), "colleagues": colleagues, "path": path_of("bulk_job", row.id),
            "mine": row.asked_by == ask.actor, "may": ask.role in DOERS[kind],
            "states": BulkState, "section": SECTION, "shown_max": SHOWN,
        },
    )  # fmt: skip


def _counts(sums: Sequence[BulkSumView]) -> dict[str, int]:
    """Count the rows of a job by how they ended."""
    found = {"waiting": 0, **{one.value: 0 for one in BulkOutcome}}
    for one in sums:
        found[one.outcome or "waiting"] += one.many
    return found


def _subject(kind: BulkKind, id: UUID) -> tuple[str, str]:
    return CHOOSING[kind].name_of(id), CHOOSING[kind].path_of(id)


def _may(ask: Ask) -> list[BulkKind]:
    return [one for one in BulkKind if ask.role in DOERS[one]]


def _require_doer(ask: Ask, kind: BulkKind) -> None:
    if ask.role not in DOERS[kind]:
        raise BulkRefused(ask.say("your role does not do this, one by one or in bulk"))


def _by(ask: Ask, key: str) -> By:
    return By(ask.actor, ask.route, key)


async def _read(ask: Ask) -> BulkJobRow:
    id = ask.id("bulk_job")
    async with ask.run.reading() as read:
        row = await views.job(read, id=id)
    if row is None:
        raise PageMissing
    return row


async def _find(ask: Ask) -> Home[BulkJobRow]:
    row = await _read(ask)
    return Home(
        of=row,
        path=path_of("bulk_job", row.id) or "",
        label=noted("Job"),
        kind="bulk_job",
        id=row.id,
    )


async def _preview_start(ask: Ask, row: BulkJobRow, _: Said) -> Preview:
    _require_doer(ask, BulkKind(row.kind))
    require_step(row, BulkStep.STARTED, by=ask.actor)
    waiting, amount = await _left(ask, row)
    bare, summed = _BUTTONS[BulkKind(row.kind)]
    return Preview(
        sentence=ask.say(
            "Each is done as on its own page, once, in your name. You may pause at any time."
        ),
        button=ask.say(summed, count=waiting, sum=amount)
        if amount
        else ask.say(bare, count=waiting),
        seal=f"{waiting} {amount}",
        facts=((ask.say("What"), ask.say(LABELS[BulkKind(row.kind)])),
               (ask.say("How many"), str(waiting)), (ask.say("In all"), amount or "–")),
    )  # fmt: skip


async def _left(ask: Ask, row: BulkJobRow) -> tuple[int, Markup | str]:
    """Count the rows that wait, and write what they are worth."""
    async with ask.run.reading() as read:
        sums = [one for one in await views.sums(read, job_id=row.id) if one.outcome is None]
    amounts = [
        ask.writer.money(one.amount_minor, one.currency)
        for one in sums
        if one.currency is not None and one.amount_minor is not None
    ]
    return sum(one.many for one in sums), Markup(" + ").join(amounts)


@dataclass(frozen=True, slots=True)
class _Steering:
    """An act that only says whether a job goes on."""

    step: BulkStep
    sentence: str
    button: str

    async def preview(self, ask: Ask, row: BulkJobRow, _: Said) -> Preview:
        """Say what it does, and how much is left."""
        _require_doer(ask, BulkKind(row.kind))
        require_step(row, self.step, by=ask.actor)
        waiting, amount = await _left(ask, row)
        return Preview(
            sentence=ask.say(self.sentence), button=ask.say(self.button),
            seal=state_of(row).value,
            facts=(
                (ask.say("Not done yet"), str(waiting)), (ask.say("Worth"), amount or "–")
            ),
        )  # fmt: skip

    async def carry_out(self, ask: Ask, row: BulkJobRow, _: Said, command: Command) -> None:
        """Do it."""
        await steer_bulk(ask.run, row.id, self.step, _by(ask, command.key))


def _action(
    heading: str, steering: _Steering,
    preview: Callable[[Ask, BulkJobRow, Said], Awaitable[Preview]] | None = None,
) -> Action[BulkJobRow]:  # fmt: skip
    return Action(
        name=f"bulk_{steering.step.value}", heading=heading, find=_find,
        preview=preview or steering.preview, carry_out=steering.carry_out,
    )  # fmt: skip


START: Final = _action(noted("Start the job"), _Steering(BulkStep.STARTED, "", ""), _preview_start)
PAUSE: Final = _action(
    noted("Pause the job"),
    _Steering(
        BulkStep.PAUSED, noted("The row at hand is finished; the next one waits."), noted("Pause")
    ),
)
RESUME: Final = _action(
    noted("Go on with the job"),
    _Steering(
        BulkStep.RESUMED, noted("It goes on where it was; nothing is done twice."), noted("Go on")
    ),
)
CANCEL: Final = _action(
    noted("Cancel the job"),
    _Steering(
        BulkStep.CANCELED,
        noted("What was done stays; what waits is not done."),
        noted("Cancel the job"),
    ),
)
