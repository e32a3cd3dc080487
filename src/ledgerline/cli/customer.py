"""``ledgerline customer``."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from ledgerline.base.ids import (
    PREFIXES,
    CustomerId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
    bucket_of,
    decode,
    encode,
)
from ledgerline.cli import output, program, records
from ledgerline.cli.customer_notes import note, notes
from ledgerline.cli.customer_record import read_customer
from ledgerline.cli.key_check import check_key
from ledgerline.cli.portal_link import portal
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.erase_customer import Erasure, erase_customer, preview_erasure
from ledgerline.flows.export_customer import ABOUT, export_customer
from ledgerline.flows.pay_out_credit import CreditOrder, PaidOut, pay_out_credit, preview_pay_out
from ledgerline.flows.set_default_method import preview_default_method, set_default_method
from ledgerline.rules import explain

app: Final = typer.Typer(no_args_is_help=True)
ACTOR: Final = "operator"
app.command()(portal)
app.command()(note)
app.command()(notes)
Who = Annotated[str, typer.Argument(metavar="CUSTOMER", help="cus_…")]


@app.callback()
def customer() -> None:
    """Show, export and erase what is held of a customer, note on it, pay out, open its portal."""


@app.command()
def show(
    context: typer.Context, customer: Who, *, as_json: Annotated[bool, output.JSON] = False
) -> None:
    """Show a customer without names and addresses, and the latest of what belongs to them."""
    records.look(program.of(context), "customer", customer, read_customer, as_json=as_json)


@app.command()
def export(
    context: typer.Context,
    customer: Who,
    *,
    out: Annotated[
        Path | None, typer.Option(help="A new file that only you may read; else standard output.")
    ] = None,
) -> None:
    """Write everything that is held of a customer as JSON, with what each field means."""
    of, customer_id = program.of(context), _id_of(customer)
    if out is None:
        program.wait(_export(of, customer_id, sys.stdout))
        return
    try:
        made = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandFailed(
            f"{out}: {error.strerror}", hint="name a file that is not there yet"
        ) from error
    try:
        with os.fdopen(made, "w", encoding="utf-8") as file:
            program.wait(_export(of, customer_id, file))
    except BaseException:
        out.unlink()  # half of it would be taken for all
        raise
    output.say(f"written to {out}")


@app.command()
def erase(
    context: typer.Context,
    customer: Who,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and delete nothing.")] = False,
    forfeit_credit: Annotated[
        bool, typer.Option("--forfeit-credit", help="The customer gives up credit that is left.")
    ] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Delete what is personal of a customer for good; invoices, receipts and the books stay."""
    of, customer_id = program.of(context), _id_of(customer)
    shown = program.wait(_preview(of, customer_id, forfeits_credit=forfeit_credit))
    if not dry_run:
        if shown.erased_at is None:
            deleted = ", ".join(
                f"{count} {kind.replace('_', ' ')}"
                for kind, count in shown.deletes.items()
                if count
            )
            output.confirm(
                f"Erase {customer}? This deletes {deleted}, and nobody can undo it.", yes=yes
            )
        shown = program.wait(_erase(of, customer_id, forfeits_credit=forfeit_credit))
    output.show(
        {
            "customer": customer,
            "erased_at": shown.erased_at,
            "dry_run": dry_run,
            "deletes": dict(shown.deletes),
            "keeps": dict(shown.keeps),
        },
        as_json=as_json,
    )


@app.command()
def default(
    context: typer.Context,
    customer: Who,
    method: Annotated[str, typer.Argument(help="pm_… of the customer")],
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All subscriptions follow, not only the default's.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which would follow.")] = False,
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Say what a customer is charged by unless something else is named; what is open is tried."""
    of, customer_id = program.of(context), _id_of(customer)
    method_id = PaymentMethodId(records.read_id("payment_method", method))
    follow = program.wait(_default(of, customer_id, method_id, every=every, writes=False))
    named = ", ".join(encode(PREFIXES["subscription"], one) for one in follow) or "no subscription"
    if dry_run:
        output.say(f"{method} would pay {named}")
        return
    output.confirm(f"Charge {customer} by {method} from now on, and {named} with it?", yes=yes)
    program.wait(_default(of, customer_id, method_id, every=every, writes=True))
    output.say(f"{method} pays {named}; a worker charges what is open")


async def _default(
    of: Program,
    customer_id: CustomerId,
    method_id: PaymentMethodId,
    *,
    every: bool,
    writes: bool,
) -> list[SubscriptionId]:
    act = set_default_method if writes else preview_default_method
    async with of.open() as running:
        here = await running.run.at_clock()
        return await act(here, customer_id, method_id=method_id, every=every)


@app.command()
def detach(
    context: typer.Context,
    method: Annotated[str, typer.Argument(help="pm_… that nothing is charged by any more")],
    *,
    yes: Annotated[bool, output.YES] = False,
) -> None:
    """Detach a payment method: its token is forgotten, what it paid stays."""
    method_id = PaymentMethodId(records.read_id("payment_method", method))
    output.confirm(f"Detach {method}? Nobody can charge it any more.", yes=yes)
    program.wait(_detach(program.of(context), method_id))
    output.say(f"{method} is detached")


@app.command()
def payout(
    context: typer.Context,
    customer: Who,
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the books.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it and pay nothing.")] = False,
    yes: Annotated[bool, output.YES] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Pay out all of a customer's credit that can be, to the means it came from."""
    of, order = program.of(context), CreditOrder(customer_id=_id_of(customer), reason=reason)
    parts = program.wait(_preview_payout(of, order))
    asked = ", ".join(explain.show(one.amount_minor, one.currency) for one in parts)
    ids: list[RefundId] = []
    if not dry_run:
        output.confirm(f"Pay {asked} of credit back to {customer}?", yes=yes)
        ids = program.wait(_pay_out(of, order))
    shown = [
        {
            "payment": encode(PREFIXES["payment"], one.payment_id),
            "total": records.amount(one.amount_minor, one.currency),
            "seller": one.seller_code,
        }
        for one in parts
    ]
    refunds = [encode(PREFIXES["refund"], one) for one in ids]
    told = {"customer": customer, "dry_run": dry_run, "parts": shown, "refunds": refunds}
    records.show(told, as_json=as_json)
    if refunds:
        output.say("a worker sends them; `ledgerline refund show` says what became of each")


async def _preview_payout(of: Program, order: CreditOrder) -> list[PaidOut]:
    async with of.open() as running:
        return await preview_pay_out(await running.run.at_clock(), order)


async def _pay_out(of: Program, order: CreditOrder) -> list[RefundId]:
    async with of.open() as running:
        return await pay_out_credit(await running.run.at_clock(), order)


async def _detach(of: Program, method_id: PaymentMethodId) -> None:
    async with of.open() as running:
        await detach_payment_method(await running.run.at_clock(), method_id)


def _id_of(text: str) -> CustomerId:
    """Read a customer's id; raises ``WrongIdKind``."""
    found = decode(PREFIXES["customer"], text)
    bucket_of(found)
    return CustomerId(found)


async def _export(of: Program, customer_id: CustomerId, to: TextIO) -> None:
    """Write section by section and page by page, so that no customer is too large."""
    async with of.open() as running:
        await check_key(running.run)
        here = await running.run.at_clock()
        first = await export_customer(here, customer_id)
        head = {
            "object": "customer_export",
            "id": encode(PREFIXES["customer"], customer_id),
            "exported_at": here.now().isoformat().replace("+00:00", "Z"),
            "about": ABOUT,
        }
        to.write(_text(head)[:-1] + ', "sections": [')
        for number, section in enumerate(first):
            told = {"name": section.name, "about": section.about, "kept": section.kept,
                    "fields": dict(section.fields)}  # fmt: skip
            to.write((",\n" if number else "\n") + _text(told)[:-1] + ', "rows": [')
            to.write(",".join("\n " + _text(row) for row in section.rows))
            following = section.next_page
            while following is not None:
                [part] = await export_customer(
                    here, customer_id, section=section.name, page=following
                )
                to.write("".join(",\n " + _text(row) for row in part.rows))
                following = part.next_page
            to.write("]}")
        to.write("]}\n")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


async def _preview(of: Program, customer_id: CustomerId, *, forfeits_credit: bool) -> Erasure:
    async with of.open() as running:
        here = await running.run.at_clock()
        return await preview_erasure(here, customer_id, forfeits_credit=forfeits_credit)


async def _erase(of: Program, customer_id: CustomerId, *, forfeits_credit: bool) -> Erasure:
    async with of.open() as running:
        here = await running.run.at_clock()
        return await erase_customer(here, customer_id, actor=ACTOR, forfeits_credit=forfeits_credit)
