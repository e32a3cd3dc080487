"""Importing a settlement file against COPY of its lines alone, and the memory that takes."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.report import Figure
from bench.stage import Stage

GOAL = 20_000  # lines a second
MEMORY_MAX = 400  # MB
CHARGED = datetime(2026, 1, 1, tzinfo=UTC)
GROSS, FEE = 1099, 40
IMPORT = [sys.executable, "-c", "from ledgerline.main import run; run()", "reconcile", "import"]

# Ids of one instant, as version 7 has them, with the bucket of the payment they carry.
CHARGES = """
WITH made AS (
     SELECT n %% 4096 AS bucket,
            encode(substring(int8send(%(ms)s + n / 64) FROM 3), 'hex')
            || '7' || lpad(to_hex(n %% 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0') AS digits,
            '9' || lpad(to_hex(n), 15, '0') AS other
       FROM generate_series(1, %(count)s) AS n),
     named AS (
     SELECT bucket::smallint, digits::uuid AS id,
            (left(digits, 16) || other)::uuid AS payment_id
       FROM made),
     paid AS (
     INSERT INTO payment (bucket, id, invoice_id, purpose, customer_id, subscription_id,
            payment_method_id, seller_code, currency, amount_minor, state, state_before,
            state_event, captured_minor, refunded_minor, refunding_minor, tries, technical_tries,
            own_failures, awaits_payer, settled_attempt_id, receipt_id, event_seq, created_at)
     SELECT bucket, payment_id, payment_id, 'full', payment_id, payment_id, payment_id, 'nordic',
            'EUR', %(gross)s, 'succeeded', 'processing', 'confirmed', %(gross)s, 0, 0, 1, 0, 0,
            false, id, payment_id, 2, %(at)s
       FROM named)
INSERT INTO attempt (bucket, payment_id, id, ordinal, psp_account, psp_token, currency,
       amount_minor, initiator, state, state_before, state_event, sent_at, looks, ended_at,
       evidence_no, psp_ref, decision_id)
SELECT bucket, payment_id, id, 1, 'aster', 'tok', 'EUR', %(gross)s, 'merchant', 'succeeded', 'sent',
       'confirmed', %(at)s, 0, %(at)s, 1, 'ch_' || id, payment_id
  FROM named
"""


class _Imported(NamedTuple):
    """How long the command took, its processor time, and the most memory it had."""

    seconds: float
    cpu: float
    megabytes: float


async def settlement_import(stage: Stage, *, lines: int = 200_000) -> list[Figure]:
    """Measure the command that imports a file of charges which are all ours, from disk."""
    await stage.reset()
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-file-") as folder:
        file = Path(folder) / "statement.csv"
        await asyncio.to_thread(_prepare, stage, file, lines)
        done = await asyncio.to_thread(_import, stage, file)
    limit = await asyncio.to_thread(_copy, stage, lines)
    return [
        Figure(
            name="settlement_import",
            value=lines / done.seconds,
            unit="lines/s",
            limit=lines / limit,
            ratio=done.seconds / limit,
            note=f"a file of {lines:,} charges read, checked, matched, kept and posted in one"
            f" process, {done.cpu / lines * 1e6:.0f} µs of it in Python a line; limit: COPY of the"
            f" same lines; goal ≥ {GOAL:,}/s",
        ),
        Figure(
            name="settlement_import_memory",
            value=done.megabytes,
            unit="MB",
            limit=MEMORY_MAX,
            ratio=done.megabytes / MEMORY_MAX,
            note="the most that the command had; limit: the goal",
        ),
    ]


def _prepare(stage: Stage, file: Path, lines: int) -> None:
    """Make the charges, and the file that pays them out."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        charged = {
            "ms": int(CHARGED.timestamp() * 1000),
            "count": lines,
            "gross": GROSS,
            "at": CHARGED,
        }
        connection.execute(CHARGES, charged)
        connection.execute("VACUUM ANALYZE attempt, payment")
        connection.execute("CHECKPOINT")
        ids = connection.execute("SELECT id FROM attempt ORDER BY id").fetchall()
    net = lines * (GROSS - FEE)
    with file.open("w", encoding="ascii") as out:
        out.write("kind,reference,id,gross,gross_currency,fee,net,currency,date\n")
        out.writelines(
            f"charge,{id},ch_{id},{GROSS},EUR,{FEE},{GROSS - FEE},EUR,2026-01-01\n" for (id,) in ids
        )
        out.write(f"payout,,po_bench,-{net},EUR,0,-{net},EUR,2026-01-01\n")
        out.write(f"total,po_bench,{lines + 1},,,,{net},EUR,2026-01-01\n")


def _import(stage: Stage, file: Path) -> _Imported:
    """Run the command in a process of its own, and ask the system what it took."""
    before = time.perf_counter()
    with subprocess.Popen(
        [*IMPORT, str(file), "--account", "aster", "--seller", "nordic", "--json"],
        env={"PATH": os.defpath, "LEDGERLINE_DATABASE_URL": stage.url},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - before
    shown = json.loads(told)
    assert (shown["status"], shown["breaks"]) == ("imported", 0), shown
    assert shown["explained_volume"]["percent"] == "100.00", shown
    return _Imported(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _copy(stage: Stage, lines: int) -> float:
    """Copy the same lines, ready-made, into the same table, with its indexes."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        charges = "SELECT * FROM settlement_line WHERE kind = 'charge'"
        dump = f"COPY ({charges}) TO STDOUT (FORMAT BINARY)".encode()
        with connection.cursor().copy(dump) as copy:
            block = b"".join(bytes(part) for part in copy)
        connection.execute("TRUNCATE settlement_line")
        connection.execute("CHECKPOINT")
        before = time.perf_counter()
        cursor = connection.cursor()
        with cursor.copy("COPY settlement_line FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(block)
        seconds = time.perf_counter() - before
        assert cursor.rowcount == lines, (cursor.rowcount, lines)
    return seconds
