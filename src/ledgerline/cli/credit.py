"""``ledgerline credit``."""

import getpass
from dataclasses import replace
from hashlib import sha256
from secrets import token_hex
from typing import Annotated, Final

import typer

from ledgerline.access.model import Act
from ledgerline.base.ids import PREFIXES, CreditNoteId, PaymentId, bucket_of, encode
from ledgerline.cli import output, program, records
from ledgerline.cli.program import Program
from ledgerline.flows.audit_act import audit_row
from ledgerline.flows.claim_key import Command
from ledgerline.flows.find_asked import find_asked
from ledgerline.flows.give_credit import (
    CreditGift,
    GiftReason,
    Given,
    give_credit,
    preview_credit,
)
from ledgerline.rules import explain

app: Final = typer.Typer(no_args_is_help=True)
_PRINCIPAL: Final = "command line"
_ROUTE: Final = "ledgerline credit give"


@app.callback()
def credit() -> None:
    """Give credit out of goodwill."""


@app.command()
def give(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    payment: Annotated[str, typer.Argument(help="pay_… that succeeded")],
    minor: Annotated[int, typer.Argument(min=1, help="In minor units: 500 are 5.00 EUR.")],
    *,
    why: Annotated[GiftReason, typer.Option(help="Why; the log keeps it.")],
    by: Annotated[
        str | None, typer.Option("--as", help="Who decides; your login unless given.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Asked again under the same key, it is given once.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it and give nothing.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Make a part of what a payment paid its customer's credit; no money leaves."""
    of, by = program.of(context), by or getpass.getuser()
    gift = CreditGift(PaymentId(records.read_id("payment", payment)), minor)
    asked = sha256(f"{gift.payment_id} {minor}".encode()).digest()
    command = Command(_PRINCIPAL, key or token_hex(16), asked)
    shown = program.wait(_preview(of, gift, command))
    told: dict[str, object] = {"payment": payment, "dry_run": dry_run}
    if shown is not None:
        currency = shown.amount.currency
        told |= {
            "invoice": encode(PREFIXES["invoice"], shown.invoice_id),
            "total": records.amount(minor, currency),
            "tax": records.amount(shown.tax_minor, currency),
            "left": records.amount(shown.left_minor, currency),
        }
        if dry_run:
            records.show(told, as_json=as_json)
            return
        said = explain.show(minor, currency)
        output.confirm(f"Give {said} of {payment} to its customer as credit?", yes=yes)
    note_id = program.wait(_give(of, gift, command, by=by, why=why))
    told["credit_note"] = encode(PREFIXES["credit_note"], note_id)
    records.show(told, as_json=as_json)
    if shown is None:
        output.say("it was given before, under this key")


async def _preview(of: Program, gift: CreditGift, command: Command) -> Given | None:
    """Say what it would do; None where it was done under this key before."""
    async with of.open() as running:
        here = await running.run.at_clock()
        if await find_asked(here, command, bucket=bucket_of(gift.payment_id)) is not None:
            return None
        return await preview_credit(here, gift)


async def _give(
    of: Program, gift: CreditGift, command: Command, *, by: str, why: GiftReason
) -> CreditNoteId:
    async with of.open() as running:
        here = await running.run.at_clock()
        act = Act(
            actor=by, name="credit_given", route=_ROUTE, kind="payment",
            object_id=gift.payment_id, after={"amount": gift.amount_minor, "why": why.value},
        )  # fmt: skip
        audited = audit_row(here, act)
        return await give_credit(here, gift, command=replace(command, audited=audited))
