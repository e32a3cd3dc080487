"""The engine that computes on PySpark: where, says Spark's own configuration.

PySpark is an extra that weighs half a gigabyte and needs Java, so it is loaded by name.
"""

import importlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import Table
from ibis.formats.pyarrow import PyArrowSchema

from ledgerline.releases.refusals import EngineNotInstalled, LakeUnusable

_SHUFFLES: Final = "spark.sql.shuffle.partitions"
_SETTINGS: Final = {
    "spark.app.name": "ledgerline",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ansi.enabled": "true",  # a sum that passes its type is an error, never another sum
    "spark.sql.session.timeZone": "UTC",
}
_SPECIAL: Final = re.compile(r"[\\*?\[\]{}]")
"""What Spark takes for a pattern in the name of a file."""


class SparkEngine:
    """Reads Parquet files as tables and computes expressions to Arrow."""

    def __init__(self, session: Any, spill: Path) -> None:
        """Compute in ``session``, by way of files in ``spill``."""
        self._session, self._spill = session, spill
        self._backend = ibis.pyspark.connect(session)
        self._of_model = importlib.import_module("pyspark.errors").ArithmeticException
        self._failed = (
            importlib.import_module("pyspark.errors").PySparkException,
            importlib.import_module("py4j.protocol").Py4JJavaError,
        )
        self._numbers = count()

    def table(self, files: Sequence[str], schema: pa.Schema) -> Table:
        """Return what ``files`` hold, by column name; without files a table without rows."""
        if not files:
            return ibis.memtable(schema.empty_table())
        types = importlib.import_module("ibis.backends.pyspark.datatypes").PySparkSchema
        reader = self._session.read.schema(types.from_ibis(PyArrowSchema.to_ibis(schema)))
        name = self._name()
        with self._told():
            reader.parquet(*(_SPECIAL.sub(r"\\\g<0>", file) for file in files)).createTempView(name)
        return self._backend.table(name)

    def compute(self, expression: Table) -> pa.Table:
        """Compute an expression; raises ``LakeUnusable`` when a file or the disk fails it.

        Executors write Parquet, since what passes through Spark's driver must fit into it; and by
        way of pandas, as Ibis goes, integers beside an empty value would become floating point.
        """
        name = self._name()
        folder = self._spill / name
        self._backend.create_view(name, expression)
        try:
            with self._told():
                self._session.table(name).write.parquet(str(folder))
            return pq.read_table(folder)
        finally:
            self._session.catalog.dropTempView(name)
            shutil.rmtree(folder, ignore_errors=True)

    def _name(self) -> str:
        return f"ledgerline_{next(self._numbers)}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._of_model:
            raise
        except self._failed as fault:
            raise LakeUnusable(_said(fault)) from fault


def _said(fault: Any) -> str:
    """Return the first line of what Java says, without what Python says of it."""
    inner = getattr(fault, "java_exception", None)
    text: str = str(fault) if inner is None else inner.getMessage()
    return text.strip().split("\n", maxsplit=1)[0]


def spark_session_type() -> Any:
    """Return the class of Spark's sessions; raises ``EngineNotInstalled``."""
    try:
        return importlib.import_module("pyspark.sql").SparkSession
    except ModuleNotFoundError as missing:
        raise EngineNotInstalled(
            f"the engine pyspark needs {missing.name}: pip install 'ledgerline[spark]'"
        ) from missing


@contextmanager
def spark_engine(spill: Path) -> Iterator[SparkEngine]:
    """Open a session of Spark; what does not fit into memory is spilled into ``spill``.

    Without any configuration of its own it is on the cores of this machine. Raises
    ``EngineNotInstalled`` without PySpark or without Java.
    """
    spill.mkdir(parents=True, exist_ok=True)
    builder = spark_session_type().builder.config("spark.local.dir", str(spill))
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    failed = importlib.import_module("pyspark.errors").PySparkRuntimeError
    try:
        session = builder.getOrCreate()
    except failed as fault:
        raise EngineNotInstalled("the engine pyspark needs Java 17: none was started") from fault
    try:
        context = session.sparkContext
        if not context.getConf().contains(_SHUFFLES):  # 200 parts of what fits into one are slow
            session.conf.set(_SHUFFLES, context.defaultParallelism)
        with TemporaryDirectory(dir=spill, prefix="spark-") as folder:
            yield SparkEngine(session, Path(folder))
    finally:
        session.stop()
