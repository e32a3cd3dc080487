"""How charges went to providers, what their files explain, and what is left for people."""

from datetime import date
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.reconcile_records import percent
from ledgerline.reconciliation import views

_SQL: Final = statements(__name__)


class RouteRow(NamedTuple):
    """How many charges a rule sent to an account."""

    rule: str
    account: str
    charges: int


class AvoidedRow(NamedTuple):
    """Charges for which an account was left alone: how many went where, or wait."""

    day: date
    left_alone: str
    went_to: str
    charges: int


class FilesRow(NamedTuple):
    """The settlement files of an account, and how much they explain in the worst currency."""

    account: str
    connector: str
    files: int
    lines: int
    explained_percent: str | None


class ExceptionRow(NamedTuple):
    """Exceptions of one reason: how many are open, and how many have ended."""

    reason: str
    open: int
    ended: int


class PaymentStory(NamedTuple):
    """Everything at one instant; equal seeds give an equal story."""

    routes: list[RouteRow]
    avoided: list[AvoidedRow]
    settlement: list[FilesRow]
    exceptions: list[ExceptionRow]


class _CountedRow(NamedTuple):
    account: str
    connector: str
    files: int
    lines: int


async def read_story(run: Run) -> PaymentStory:
    """Read everything in one transaction."""
    async with run.surveying() as read:
        volumes = await views.volumes(read, psp_account=None)
        counted = await read.rows(_SQL["files"], _CountedRow)
        return PaymentStory(
            routes=await read.rows(_SQL["routes"], RouteRow),
            avoided=await read.rows(_SQL["avoided"], AvoidedRow),
            settlement=[
                FilesRow(
                    account=row.account,
                    connector=row.connector,
                    files=row.files,
                    lines=row.lines,
                    explained_percent=percent(
                        one for one in volumes if one.psp_account == row.account
                    ),
                )
                for row in counted
            ],
            exceptions=await read.rows(_SQL["exceptions"], ExceptionRow),
        )
