"""Replay a recorded request with pgbench: the same statements with other ids, prepared."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format

from bench.buyers import Buyer
from bench.recording import PIPELINE, Recording, Said
from bench.stage import Stage, new_id
from ledgerline.base.db import PLANNED_ONCE
from ledgerline.cli import postgres_binaries

REPLAY_SECONDS_MAX = 600
_PLACE = re.compile(r"\$(\d+)(::\w+(?:\[\])?)?")
_OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TPS = re.compile(r"tps = ([0-9.]+) ")
_BUCKET_MIN = 1000  # a number of four digits alone is a bucket, not a part of something else


@dataclass(slots=True)
class _Values:
    """The different parameter values of a recording: one column each in the table of replays."""

    connection: psycopg.Connection
    columns: dict[str, str] = field(default_factory=dict)

    def name(self, value: bytes | None, sent_as: Format, cast: str) -> str:
        """Return the variable that holds a value; NULL is written as it is."""
        if value is None:
            return "NULL"
        text = value.decode() if sent_as is Format.TEXT else self._shown(value, cast)
        return ":" + self.columns.setdefault(text, f"v{len(self.columns)}")

    def _shown(self, value: bytes, cast: str) -> str:
        """Let the server show what was sent in binary."""
        shown = self.connection.pgconn.exec_params(
            f"SELECT ($1{cast or '::bytea'})::text".encode(), [value], param_formats=[Format.BINARY]
        ).get_value(0, 0)
        assert shown is not None, cast
        return shown.decode()


def replay(
    stage: Stage,
    recording: Recording,
    buyers: Sequence[Buyer],
    *,
    at: datetime,
    clients: int,
    folder: Path,
) -> float:
    """Let pgbench repeat a recording once for each of ``buyers``; return purchases a second.

    What differs between purchases comes from a table, one row fetched at the begin of each.
    """
    with psycopg.connect(stage.url, autocommit=True) as connection:
        values = _Values(connection)
        script = "\n".join(_line(one, values) for one in recording.said)
        names = ", ".join(values.columns.values())
        fetch = f"SELECT {names} FROM replay WHERE n = (SELECT nextval('replay_n')) \\gset\n"
        (folder / "purchase.sql").write_text(fetch + script + "\n", "utf-8")
        _fill(connection, values, bought=recording.buyer, buyers=buyers, at=at)
    rate = _pgbench(stage, folder / "purchase.sql", clients=clients, each=len(buyers) // clients)
    _check(stage, buyers)
    return rate


def _line(said: Said, values: _Values) -> str:
    """Write one statement with variables in the place of its parameters."""
    if said.text in PIPELINE:
        return said.text

    def place(found: re.Match[str]) -> str:
        number, cast = int(found[1]) - 1, found[2] or ""
        return values.name(said.values[number], said.formats[number], cast) + cast

    return _PLACE.sub(place, said.text) + ";"


def _fill(
    connection: psycopg.Connection,
    values: _Values,
    *,
    bought: Buyer,
    buyers: Sequence[Buyer],
    at: datetime,
) -> None:
    """Write one row of parameter values a buyer."""
    columns = [f"{name} text" for name in values.columns.values()]
    connection.execute("DROP TABLE IF EXISTS replay")
    connection.execute("DROP SEQUENCE IF EXISTS replay_n")
    table = f"CREATE UNLOGGED TABLE replay (n bigint PRIMARY KEY, {', '.join(columns)})"
    connection.execute(table.encode())
    connection.execute("CREATE SEQUENCE replay_n")
    made = sorted({one for text in values.columns for one in _OURS.findall(text)})
    with connection.cursor().copy("COPY replay FROM STDIN") as copy:
        for n, buyer in enumerate(buyers, 1):
            known = {bought.customer_id: buyer.customer_id}
            known[bought.payment_method_id] = buyer.payment_method_id
            ids = {one: str(known.get(UUID(one)) or new_id(at, buyer.bucket)) for one in made}
            copy.write_row((n, *_row(values, ids, (bought.bucket, buyer.bucket))))
    connection.execute("VACUUM ANALYZE")


def _row(values: _Values, ids: dict[str, str], buckets: tuple[int, int]) -> list[str]:
    """Write the values of one buyer: ids of its own, and its bucket in the place of the other."""
    was, now = buckets
    assert was >= _BUCKET_MIN, was
    alone = re.compile(rf"(?<![\w.:-]){was}(?![\w.:-])")
    return [
        alone.sub(str(now), _OURS.sub(lambda found: ids[found[0]], text)) for text in values.columns
    ]


def _check(stage: Stage, buyers: Sequence[Buyer]) -> None:
    """Check that the replay did the same work: every purchase it began is completed and proven."""
    with psycopg.connect(stage.url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM purchase AS p"
            "  JOIN invoice AS i ON i.bucket = p.bucket AND i.id = p.invoice_id"
            "  JOIN payment AS y ON y.bucket = p.bucket AND y.id = p.payment_id"
            "  JOIN attempt AS a ON a.bucket = y.bucket AND a.id = y.settled_attempt_id"
            "  JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id"
            " WHERE p.customer_id = ANY(%s) AND p.state = 'completed' AND i.state = 'paid'"
            "   AND y.state = 'succeeded' AND a.state = 'succeeded' AND s.state = 'active'",
            ([one.customer_id for one in buyers],),
        ).fetchone()
    assert row == (len(buyers),), row


def _pgbench(stage: Stage, script: Path, *, clients: int, each: int) -> float:
    at = conninfo_to_dict(stage.url)
    program = postgres_binaries.find().folder / "pgbench"
    done = subprocess.run(
        [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-t", str(each),
         "-f", script, "-h", str(at["host"]), "-U", str(at["user"]), str(at["dbname"])],
        env={"PGPASSWORD": str(at["password"]), "PGOPTIONS": PLANNED_ONCE},
        capture_output=True, text=True, check=False, timeout=REPLAY_SECONDS_MAX,
    )  # fmt: skip
    found = _TPS.search(done.stdout)
    assert done.returncode == 0, done.stderr
    assert found is not None, done.stdout
    return float(found[1])
