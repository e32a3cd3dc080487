"""What a change or a cancellation would do, rendered from what the flows computed."""

from datetime import date, datetime

from msgspec import Struct

from ledgerline.api import quotes
from ledgerline.api.explanations import explain_days
from ledgerline.api.operations import Call
from ledgerline.api.shapes import Days, How, Line, Money, money, utc
from ledgerline.base.calendar import Period
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.catalog.model import TaxBehavior
from ledgerline.flows.change_plan import Proposal
from ledgerline.flows.credit_lines import Crediting
from ledgerline.flows.preview_cancel import Cancellation
from ledgerline.ledger import views as ledger


class ChangePreview(Struct, frozen=True, kw_only=True):
    """What a change of plan would do: credits are negative lines."""

    object: str = "subscription_change_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    plan: str
    effective_on: date
    lines: list[Line]
    from_credit: Money
    due_now: Money
    credit_after: Money


class CancelPreview(Struct, frozen=True, kw_only=True):
    """What a cancellation would do: ``written_off`` are unpaid claims that are given up."""

    object: str = "subscription_cancel_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    ends_on: date
    lines: list[Line]
    credited: Money
    written_off: list[str]


async def of_change(call: Call, proposal: Proposal) -> ChangePreview:
    """Show a change: what is given back, what is charged, and who pays it."""
    row = proposal.row
    async with call.run.reading() as read:
        balance = await ledger.credit(
            read, bucket=row.bucket, customer_id=row.customer_id, seller_code=row.seller_code,
            currency=row.currency,
        )  # fmt: skip
    balance += proposal.credited_minor
    from_credit = min(balance, proposal.charged_minor)
    lines = [_credit_line(one) for one in proposal.credits]
    if proposal.charge is not None:
        lines.append(quotes.line(proposal.price.plan_name, "recurring", proposal.charge))
    return ChangePreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        plan=proposal.price.plan_code,
        effective_on=proposal.effective,
        lines=lines,
        from_credit=money(from_credit, row.currency),
        due_now=money(proposal.charged_minor - from_credit, row.currency),
        credit_after=money(balance - from_credit, row.currency),
    )


def of_cancel(call: Call, cancellation: Cancellation) -> CancelPreview:
    """Show a cancellation: when it ends and what is given back."""
    row = cancellation.row
    credited = sum(one.credit.gross_minor for one in cancellation.credits)
    return CancelPreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        ends_on=cancellation.ends_on,
        lines=[_credit_line(one) for one in cancellation.credits],
        credited=money(credited, row.currency),
        written_off=[encode(PREFIXES["invoice"], one.id) for one in cancellation.given_up],
    )


def _credit_line(one: Crediting) -> Line:
    credit, currency = one.credit, one.invoice.currency
    return Line(
        text="Unused time",
        kind="credit",
        period=Days(credit.start, credit.end),
        quantity=1,
        net=money(-credit.net_minor, currency),
        tax=money(-credit.tax_minor, currency),
        total=money(-credit.gross_minor, currency),
        how=_how(one),
    )


def _how(one: Crediting) -> How:
    """Explain a credit by days; less than that was left of the line when it was capped."""
    line, credit = one.line, one.credit
    piece = Period(credit.start, credit.end)
    grid = Period(line.grid_start, line.grid_end)
    days = explain_days(line.grid_minor, piece=piece, grid=grid)
    stated = credit.gross_minor
    if line.tax_behavior == TaxBehavior.EXCLUSIVE:
        stated = credit.net_minor
    computed = int(days.rpartition(" ")[2])
    capped = "" if computed == stated else f"; no more is left of the line than {stated}"
    shared = f"{line.tax_minor} × {credit.gross_minor}/{line.gross_minor}"
    return How(rule="credit.day", formula=days + capped, tax=f"{shared} → {credit.tax_minor}")
