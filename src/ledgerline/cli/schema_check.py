"""The database has what this release needs, or nothing is done."""

from typing import Final, NamedTuple

from ledgerline.base.errors import WrongDatabase
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.migrate import Phase, migrations_folder, read_folder

_SQL: Final = statements(__name__)


class PresentRow(NamedTuple):
    """Whether there is a list of migrations."""

    present: bool


class AppliedNameRow(NamedTuple):
    """A migration that was applied."""

    name: str


async def check_schema(run: Run) -> None:
    """Raise ``WrongDatabase`` where a migration is missing that our code builds on.

    Those that wait for older code to be gone may wait, and newer code may have applied more.
    """
    needed = {one.name for one in read_folder(migrations_folder()) if one.phase is Phase.EXPAND}
    async with run.reading() as read:
        there = await read.row(_SQL["has_migrations"], PresentRow)
        if there is None or not there.present:
            raise WrongDatabase("the database has no tables of ours")
        applied = {row.name for row in await read.rows(_SQL["applied"], AppliedNameRow)}
    missing = sorted(needed - applied)
    if missing:
        raise WrongDatabase(f"the database is older than this release: it lacks {missing[0]}")
