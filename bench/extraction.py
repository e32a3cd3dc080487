"""An export of all sources against COPY of the same queries to nowhere."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.history import make_history
from bench.report import Figure
from bench.stage import Stage
from ledgerline.datasets.extract import query_of, snapshot
from ledgerline.datasets.sources import SOURCES
from ledgerline.datasets.storage import Storage

ROWS_A_SECOND: int = 300_000


async def extraction(stage: Stage, *, people: int = 100_000) -> list[Figure]:
    """Measure rows a second, proof of them included, and COPY of the same rows beside it."""
    await make_history(stage, people=people)
    copied = await asyncio.to_thread(_copy, stage.url)
    rows, seconds = await asyncio.to_thread(_export, stage.url)
    return [
        Figure(
            name="extraction",
            value=rows / seconds,
            unit="rows/s",
            limit=ROWS_A_SECOND,
            ratio=ROWS_A_SECOND * seconds / rows,
            note=f"{rows:,} rows read, counted twice, added up twice, written and hashed",
        ),
        Figure(
            name="extraction_copy",
            value=seconds,
            unit="s",
            limit=copied,
            ratio=seconds / copied,
            note="the same queries by COPY in binary, to nowhere",
        ),
    ]


def _export(url: str) -> tuple[int, float]:
    rows = 0
    before = time.perf_counter()
    with TemporaryDirectory() as name, snapshot(url) as taken:
        lake = Storage(Path(name))
        for source in SOURCES:
            rows += taken.copy(source, since=None, folder="1", storage=lake).rows
        return rows, time.perf_counter() - before


def _copy(url: str) -> float:
    before = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        for source in SOURCES:
            query = f"COPY ({query_of(source, source.where)}) TO STDOUT (FORMAT binary)"
            with connection.cursor().copy(query.encode()) as copy:
                for _ in copy:
                    pass
    return time.perf_counter() - before
