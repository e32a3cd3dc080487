"""The engines by name: which of them builds is configuration, and nothing else knows of it."""

from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Final

from ledgerline.datasets.computing import Computing
from ledgerline.datasets.engine import duckdb_engine
from ledgerline.datasets.spark_engine import spark_engine, spark_session_type
from ledgerline.releases.refusals import EngineNotRun


class EngineName(StrEnum):
    """An engine that every table is written for."""

    DUCKDB = "duckdb"
    PYSPARK = "pyspark"
    BIGQUERY = "bigquery"


COMPILED_ONLY: Final = "compiled, not run"
STANDING: Final = {
    EngineName.DUCKDB: "in this process",
    EngineName.PYSPARK: "run in local mode, where Spark is configured to",
    EngineName.BIGQUERY: COMPILED_ONLY,
}
"""What may be said of each: to be shown wherever it is named."""


def require_runnable(name: str) -> None:
    """Raise ``EngineNotRun`` or ``EngineNotInstalled`` unless an engine builds on this machine."""
    if name == EngineName.BIGQUERY:
        raise EngineNotRun(
            "every table compiles for BigQuery, but nobody has run one there: it is "
            f"{COMPILED_ONLY}, and no release is built by it",
            engine=name,
            runnable=[each for each in EngineName if each != EngineName.BIGQUERY],
        )
    if name == EngineName.PYSPARK:
        spark_session_type()


def opened(name: str, spill: Path) -> AbstractContextManager[Computing]:
    """Open an engine that puts what does not fit into memory into ``spill``."""
    require_runnable(name)
    return spark_engine(spill) if name == EngineName.PYSPARK else duckdb_engine(spill)
