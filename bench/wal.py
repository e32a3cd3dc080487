"""What stands between two places of the write-ahead log: bytes and whole pages, by relation."""

from dataclasses import dataclass

import psycopg

from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Written:
    """What was logged of one table or index: records with their pages, and whole pages alone."""

    bytes: int
    pages: int
    page_bytes: int


def written(stage: Stage, start: int, end: int) -> dict[str, Written]:
    """Sum the log by relation; a record belongs to the first relation it touches."""
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        rows = connection.execute(
            "SELECT c.relname, sum(b.record_length) FILTER (WHERE b.block_id = 0)::bigint,"
            "       count(*) FILTER (WHERE b.block_fpi_length > 0),"
            "       sum(b.block_fpi_length)::bigint"
            "  FROM pg_get_wal_block_info('0/0'::pg_lsn + %s::numeric, '0/0'::pg_lsn + %s::numeric,"
            "                             false) AS b"
            "  JOIN pg_class AS c ON pg_relation_filenode(c.oid) = b.relfilenode"
            " GROUP BY c.relname",
            (start, end),
        ).fetchall()
    return {
        name: Written(length or 0, pages, page_bytes or 0)
        for name, length, pages, page_bytes in rows
    }
