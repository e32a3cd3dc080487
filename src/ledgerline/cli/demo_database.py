"""The database of a demo: our own server or one that was named; built apart, then renamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from ledgerline.base.conninfo import told
from ledgerline.cli import local_postgres, migrate
from ledgerline.cli.empty_database import Held, held, refusal
from ledgerline.cli.local_postgres import LocalPostgres, LocalPostgresFailed, Profile
from ledgerline.cli.migrate import Sandbox
from ledgerline.cli.place import Place
from ledgerline.cli.postgres_account import DirectoryNotOurs, NoAccount
from ledgerline.cli.postgres_binaries import NoPostgres
from ledgerline.cli.settings import CommandFailed

NAME: Final = "ledgerline_demo"
BUILD: Final = "ledgerline_demo_build"


@dataclass(frozen=True, slots=True)
class DemoDatabase:
    """Where the demo lives. ``server`` is None when a database was named: it is built there."""

    server: LocalPostgres | None
    named_url: str | None
    version: str

    @property
    def url(self) -> str:
        """The database of a finished demo."""
        return self._url(NAME)

    def is_built(self) -> bool:
        """Say whether a finished demo is there."""
        if self.server is not None:
            return self._exists(NAME)
        return held(self._url(NAME)) is Held.DEMO

    def begin(self, sandbox: Sandbox) -> str:
        """Return a migrated database to build in, half a sandbox.

        What an interrupted build left in a database of our own goes.
        """
        if self.server is not None:
            for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
                self._administer(SQL(statement).format(Identifier(BUILD)))
        else:
            self._refuse_what_is_there()
        url = self._url(BUILD)
        self.migrate(url, sandbox)
        return url

    def _refuse_what_is_there(self) -> None:
        """Build a demo in an empty database alone; raises ``CommandFailed``.

        It gets a virtual clock, an invented catalog and keys: nothing of the kind is done to a
        database that somebody else uses, nor to half of an earlier demo.
        """
        url = self._url(NAME)
        there = held(url)
        if there is Held.DEMO:
            raise CommandFailed(
                "the database holds a demo, and its provider's books are not here",
                hint="--data-dir of the run that built it, or an empty database",
            )
        if there is not Held.NOTHING:
            raise refusal(url, there)

    def migrate(self, url: str, sandbox: Sandbox | None = None) -> None:
        """Bring the schema up to date; an empty database becomes ``sandbox``."""
        try:
            migrate.upgrade(url, migrate.migrations_folder(), sandbox=sandbox)
        except migrate.MigrationError as error:
            raise CommandFailed(
                str(error), hint="`make demo-reset` builds the demo anew, `ledgerline db status`"
            ) from error

    def finish(self) -> None:
        """Let the demo appear: it is whole."""
        if self.server is not None:
            rename = SQL("ALTER DATABASE {} RENAME TO {}")
            self._administer(rename.format(Identifier(BUILD), Identifier(NAME)))

    def drop(self) -> None:
        """Delete the demo of our own server; a named database is not ours to drop."""
        if self.server is None:
            raise CommandFailed(
                "--reset drops only a database of our own",
                hint="an empty database, or no --database-url",
            )
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._administer(drop.format(Identifier(NAME)))

    def _url(self, name: str) -> str:
        if self.server is not None:
            return self.server.url_of(name)
        assert self.named_url is not None
        return self.named_url

    def _exists(self, name: str) -> bool:
        assert self.server is not None
        with psycopg.connect(self.server.url) as connection:
            query = "SELECT FROM pg_database WHERE datname = %s"
            return connection.execute(query, [name]).fetchone() is not None

    def _administer(self, statement: Composed) -> None:
        assert self.server is not None
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def opened(place: Place, named_url: str | None) -> Iterator[DemoDatabase]:
    """Use the database that was named, else start a server of our own and stop it at the end."""
    if named_url is not None:
        yield DemoDatabase(None, named_url, _version_of(named_url))
        return
    try:
        server = local_postgres.start(place.folder, profile=Profile.DEMO)
    except (NoPostgres, NoAccount, DirectoryNotOurs, LocalPostgresFailed) as error:
        raise CommandFailed(
            str(error), hint="`pip install ledgerline[demo]`, or --database-url"
        ) from error
    with server:
        yield DemoDatabase(server, None, f"{server.version} ({server.source})")


def _version_of(url: str) -> str:
    try:
        with psycopg.connect(url) as connection:
            number = connection.info.server_version
    except psycopg.OperationalError as error:
        raise CommandFailed(
            f"the database is not reachable: {told(error, url)}", hint="a server that answers"
        ) from error
    return f"{number // 10_000}.{number % 10_000} (URL)"
