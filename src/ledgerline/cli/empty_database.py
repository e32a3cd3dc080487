"""What is in a database before a sandbox is made of it: nothing else may be changed into one."""

from enum import StrEnum
from shlex import quote as quoted
from typing import Final

from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege, UndefinedColumn

from ledgerline.base.run import DEMO, HALF
from ledgerline.cli import migrate
from ledgerline.cli.migrate import MigrationError
from ledgerline.cli.settings import CommandFailed

_IS_OURS: Final = "SELECT to_regclass('environment') IS NOT NULL"
_FOREIGN: Final = """
SELECT EXISTS (
    SELECT FROM pg_class AS c
     WHERE c.relkind IN ('r', 'p') AND c.relname <> 'migration'
       AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n
                                   WHERE n.nspname ~ '^pg_' OR n.nspname = 'information_schema')
       AND NOT EXISTS (SELECT FROM pg_depend AS d
                        WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                          AND d.deptype = 'e'))
"""
_KIND: Final = """
SELECT kind, made, EXISTS (SELECT FROM customer)
  FROM environment
"""


class Held(StrEnum):
    """What a database holds."""

    NOTHING = "nothing"
    HALF_A_SANDBOX = "a sandbox that is half made"
    HALF_A_DEMO = "half of a demo"
    SANDBOX = "a sandbox in use"
    DEMO = "a demo"
    LIVE = "a live environment"
    OTHER = "tables that are not ours, or of another release"


def refusal(url: str, there: Held) -> CommandFailed:
    """Say what a database holds that should be empty, and what to do about it."""
    return CommandFailed(
        f"the database holds {there.value}; nothing was done", hint=next_step(url, there)
    )


def next_step(url: str, there: Held) -> str:
    """Say how to come from what is there to what is whole."""
    name = quoted(str(conninfo_to_dict(url).get("dbname") or "NAME"))
    match there:
        case Held.HALF_A_DEMO:
            return f"it never came to its end: `dropdb {name} && createdb {name}`, then once more"
        case Held.HALF_A_SANDBOX:
            return "`ledgerline env create --sandbox` finishes it"
        case _:
            return "an empty database: `createdb NAME`, and its URL in LEDGERLINE_DATABASE_URL"


def held(url: str) -> Held:
    """Say what a database holds; raises ``CommandFailed`` when it does not answer."""
    try:
        with migrate.connect(url) as connection:
            if connection.execute(_IS_OURS).fetchone() != (True,):
                foreign = connection.execute(_FOREIGN).fetchone() == (True,)
                return Held.OTHER if foreign else Held.NOTHING
            found = connection.execute(_KIND).fetchone()
    except MigrationError as error:
        raise CommandFailed(str(error), hint=next_step(url, Held.NOTHING)) from error
    except (UndefinedColumn, InsufficientPrivilege):
        return Held.OTHER
    assert found is not None, "the environment has one row"
    return _what(*found)


def _what(kind: str, made: str, lived_in: bool) -> Held:  # noqa: FBT001 - a column
    if kind == "live":
        return Held.LIVE
    if made == HALF:
        return Held.HALF_A_DEMO if lived_in else Held.HALF_A_SANDBOX
    return Held.DEMO if made == DEMO else Held.SANDBOX
