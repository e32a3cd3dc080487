"""The command table and the settings. Reads the environment.

Commands and ``composition`` are loaded by name when they are needed: help must not wait for a
driver or a server.
"""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from ledgerline.base.cards import contains_card_number
from ledgerline.base.errors import (
    CannotDecrypt,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    WrongDatabase,
)
from ledgerline.cli.invocation import runnable
from ledgerline.cli.mail_settings import read_mail_settings
from ledgerline.cli.oidc_settings import read_oidc_settings
from ledgerline.cli.settings import DATA_ENGINES, PORT_MAX, CommandFailed, Settings


class Entry(NamedTuple):
    """A command: the module that holds its ``app``, and its line in the help."""

    module: str
    line: str


COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry("ledgerline.cli.demo", "Start everything on this machine, with a year of data."),
    "serve": Entry("ledgerline.cli.serve", "Serve the API and the pages."),
    "work": Entry("ledgerline.cli.work", "Work off what falls due: bill, collect, number, relay."),
    "bill": Entry("ledgerline.cli.bill", "Preview, run and explain billing."),
    "collect": Entry("ledgerline.cli.collect", "Charge payments that are due."),
    "checkout": Entry("ledgerline.cli.checkout", "Open pages on which customers buy."),
    "customer": Entry("ledgerline.cli.customer", "Look at a customer; export and erase."),
    "subscription": Entry("ledgerline.cli.subscription", "Look at a subscription."),
    "invoice": Entry("ledgerline.cli.invoice", "Look at an invoice."),
    "documents": Entry("ledgerline.cli.documents", "Read, prove and archive documents."),
    "payment": Entry("ledgerline.cli.payment", "Look at a payment."),
    "pay": Entry("ledgerline.cli.pay", "Say where charges go; load the rules for it."),
    "ml": Entry("ledgerline.cli.ml", "Say how far models may decide; look at what they know."),
    "setup": Entry("ledgerline.cli.setup", "Set up payment methods without a charge."),
    "mail": Entry("ledgerline.cli.mail", "Look at mails to customers; send one again."),
    "credit": Entry("ledgerline.cli.credit", "Give a part of what was paid as credit."),
    "refund": Entry("ledgerline.cli.refund", "Look at a refund."),
    "disputes": Entry("ledgerline.cli.disputes", "Answer what payers and banks take back."),
    "exceptions": Entry("ledgerline.cli.exceptions", "Look at what no machine may decide alone."),
    "evidence": Entry("ledgerline.cli.evidence", "End what nobody knows, by two people."),
    "reconcile": Entry("ledgerline.cli.reconcile", "Hold providers' files against the books."),
    "audit": Entry("ledgerline.cli.audit", "Prove the invariants on the data."),
    "ledger": Entry("ledgerline.cli.ledger", "Look into the books."),
    "data": Entry("ledgerline.cli.datasets", "Build and query tables for finance and analysts."),
    "retention": Entry("ledgerline.cli.retention", "Delete what has been kept long enough."),
    "clock": Entry("ledgerline.cli.clock", "Show or move the clock of a sandbox."),
    "catalog": Entry("ledgerline.cli.catalog", "Load plans, prices, markets and tax rates."),
    "texts": Entry("ledgerline.cli.texts", "Load what buyers are told and have to confirm."),
    "env": Entry("ledgerline.cli.env", "Make a sandbox of one's own."),
    "psp": Entry("ledgerline.cli.psp", "Register, try and retire merchant accounts."),
    "psp-simulator": Entry("ledgerline.cli.psp_simulator", "Start the provider simulator."),
    "keys": Entry("ledgerline.cli.keys", "Create, list and revoke API keys."),
    "person": Entry("ledgerline.cli.person", "Say who works at the console, and as what."),
    "login-link": Entry("ledgerline.cli.login_link", "Make a link that signs in once."),
    "db": Entry("ledgerline.cli.db", "Bring the schema up to date."),
    "doctor": Entry("ledgerline.cli.doctor", "Check this installation."),
    "version": Entry("ledgerline.cli.version", "Say which version this is."),
}


def _load(module: str) -> Any:
    return importlib.import_module(module)


_ASKED_OTHERWISE: Final = "change what was asked for; nothing was done"
_NEXT: Final = {
    "lake_unusable": "mend what is said, or bring back the file; then the same again",
}
"""What to do about refusals that are not of what was asked for."""


class Commands(TyperGroup):
    """The literal table of commands; a module is loaded when its command is the one to run."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        return entry and TyperCommand(name=cmd_name, callback=None, help=entry.line)

    @override
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, stub, rest = super().resolve_command(ctx, args)
        if name is None or stub is None:
            return name, stub, rest
        command = typer.main.get_command(_load(COMMANDS[name].module).app)
        command.name = name
        return name, command, rest

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandFailed as failure:
            _complain(str(failure), failure.hint)
        except Rejected as refusal:
            _complain(str(refusal), _NEXT.get(refusal.code, _ASKED_OTHERWISE))
        except WrongDatabase as failure:
            _complain(str(failure), "`ledgerline db status`, then `ledgerline db upgrade`")
        except CannotDecrypt as failure:
            _complain(str(failure), "the key-encryption key of this database: LEDGERLINE_KEK_FILE")
        except Unavailable as failure:
            _complain(str(failure), "the same again in a moment; `ledgerline doctor` looks closer")
        except OutcomeUnknown as failure:
            _complain(str(failure), "look before you repeat; the resolver finds out what happened")
        raise typer.Exit(1)


def run() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 misused, 3 problems found."""
    if not __debug__:
        _complain("assertions are off, and they are how a defect shows itself", "python without -O")
        raise SystemExit(1)
    if any(map(contains_card_number, sys.argv[1:])):  # before anything shows or stores it
        _complain("card_number_refused: no command takes a card number", "a provider's token")
        raise SystemExit(1)
    if not all(map(_is_text, sys.argv[1:])):
        _complain("an argument is no UTF-8 text", "the same again with what can be read")
        raise SystemExit(1)
    command = typer.Typer(
        cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )
    command.callback()(options)
    command(prog_name="ledgerline")


def _is_text(argument: str) -> bool:
    """Say whether an argument is text: what no database can store reads as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in argument)


def options(  # noqa: PLR0917 - each is an option of the command line
    context: typer.Context,
    database_url: Annotated[
        str | None, typer.Option(help="PostgreSQL to use. LEDGERLINE_DATABASE_URL")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Files of this machine. LEDGERLINE_DATA_DIR")
    ] = None,
    log: Annotated[str | None, typer.Option(help="text or json. LEDGERLINE_LOG")] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning, error. LEDGERLINE_LOG_LEVEL")
    ] = None,
) -> None:
    """Sell subscriptions, charge for them, and explain every cent."""
    flags = {
        "LEDGERLINE_DATABASE_URL": database_url,
        "LEDGERLINE_DATA_DIR": str(data_dir) if data_dir is not None else None,
        "LEDGERLINE_LOG": log,
        "LEDGERLINE_LOG_LEVEL": log_level,
    }
    named = {name: value for name, value in flags.items() if value is not None}
    settings = read_settings({**os.environ, **named})
    if context.invoked_subcommand == "version":
        return
    _load("ledgerline.base.log").configure(json=settings.log_json, level=settings.log_level)
    context.obj = _load("ledgerline.composition").compose(settings, serve=_serve)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; raises ``CommandFailed`` naming the variable that is wrong."""
    log = environment.get("LEDGERLINE_LOG", "text")
    level = environment.get("LEDGERLINE_LOG_LEVEL", "info")
    port = environment.get("LEDGERLINE_PORT", "8080")
    data_engine = environment.get("LEDGERLINE_DATA_ENGINE", DATA_ENGINES[0])
    lake = environment.get("LEDGERLINE_LAKE") or None
    _require(log in {"text", "json"}, "LEDGERLINE_LOG", "text or json")
    _require(
        level in {"debug", "info", "warning", "error"},
        "LEDGERLINE_LOG_LEVEL",
        "debug, info, warning or error",
    )
    _require(port.isdecimal() and int(port) <= PORT_MAX, "LEDGERLINE_PORT", "a port, 0 to 65535")
    _require(
        data_engine in DATA_ENGINES, "LEDGERLINE_DATA_ENGINE", "duckdb, or pyspark with its extra"
    )
    _require(
        lake is None or "://" in lake, "LEDGERLINE_LAKE", "an address such as s3://bucket/lake"
    )
    return Settings(
        database_url=environment.get("LEDGERLINE_DATABASE_URL") or None,
        kek=environment.get("LEDGERLINE_KEK"),
        kek_file=environment.get("LEDGERLINE_KEK_FILE") or None,
        host=environment.get("LEDGERLINE_HOST", "127.0.0.1"),
        port=int(port),
        data_dir=Path(environment.get("LEDGERLINE_DATA_DIR", ".demo")),
        data_engine=data_engine,
        lake=lake,
        log_json=log == "json",
        log_level=level,
        mail=read_mail_settings(environment),
        oidc=read_oidc_settings(environment),
    )


def _require(holds: bool, name: str, wanted: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise CommandFailed(f"{name} is not usable", hint=f"{name} = {wanted}")


async def _serve(*arguments: Any, **named: Any) -> None:
    """Load the API when it is served: no other command waits the 0.4 s that takes."""
    await _load("ledgerline.serving").serve(*arguments, **named)


def _complain(what: str, hint: str) -> None:
    sys.stderr.write(f"ledgerline: {what}\nTry: {runnable(hint)}\n")
