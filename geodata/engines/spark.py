"""The engine of a cluster: the same functions, called by Spark where the rows are."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from geodata.counting import count_cases
from geodata.engines.counts import CellCounts
from geodata.engines.indexing import CellJob, index_rows, index_schema
from geodata.engines.java import find_java
from geodata.engines.sources import BATCH_ROWS, CSV, RowSource
from geodata.errors import MissingColumn, MissingPackage, UnreadableFile
from geodata.locating import Area

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession

LOCAL_MASTER = "local[*]"

_SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Environment variable that spark-submit sets: master and memory are then its own."""

_Settings = dict[str, bool | float | int | str | None]

_SETTINGS: _Settings = {
    "spark.log.level": "ERROR",
    # Two engines must mean the same by a moment: no machine's own zone takes part.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    # Folders such as month=2025-01 would otherwise be read as dates.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
_LOCAL_SETTINGS: _Settings = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "16",
}
_TYPES = {"int64": "bigint", "date32[day]": "date", "string": "string"}


class SparkEngine:
    """Locates and counts rows with PySpark.

    Parameters
    ----------
    master : str, optional
        URL of a cluster's master, or ``local[n]``. When not given: what spark-submit says, else
        all cores of this machine.
    """

    def __init__(self, master: str | None = None) -> None:
        self._master = master
        self._session: SparkSession | None = None

    def count_cells(
        self,
        source: RowSource,
        job: CellJob,
        area: Area,
        progress: Callable[[int], None] | None = None,  # noqa: ARG002 -- Spark shows its own
    ) -> CellCounts:
        """Count the rows of files that every worker can read.

        Raises
        ------
        MissingPackage, MissingJava
            What Spark needs is not installed.
        MissingColumn
            A URL's files have no coordinates or no times.
        """
        # Spark's frames become Arrow tables here; pandas, whose version it warns of, has no part.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        session = self._started()
        rows = _read(session, source)
        indexed = _indexed(session, rows, area, job)
        # Incidents are counted beside the reports: without keeping them rows were located twice.
        if "incident" in indexed.columns:
            indexed = indexed.persist()
        counted = count_cases(indexed, job.groups).toArrow()
        indexed.unpersist()
        return CellCounts.of(counted, job)

    def close(self) -> None:
        """Give the cluster's cores back."""
        if self._session is not None:
            self._session.stop()
            self._session = None

    def _started(self) -> SparkSession:
        if self._session is not None:
            return self._session
        if importlib.util.find_spec("pyspark") is None:
            raise MissingPackage(
                "--engine spark needs PySpark: pip install -r requirements-spark.txt",
                "--engine spark 需要 PySpark：请运行 pip install -r requirements-spark.txt",
            )
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("suyuan")
        if _SUBMITTED not in os.environ:
            # The gateway's own start script looks at JAVA_HOME alone.
            os.environ["JAVA_HOME"] = str(find_java())
            master = self._master or LOCAL_MASTER
            builder = builder.master(master)
            if master.startswith("local"):
                builder = builder.config(map=_LOCAL_SETTINGS)
                os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        self._session = builder.config(map=_SETTINGS).getOrCreate()
        return self._session


def _read(session: SparkSession, source: RowSource) -> DataFrame:
    from pyspark.errors import AnalysisException

    try:
        if source.format == CSV:
            # As the local engine reads it: text, quotes doubled, line breaks inside quotes.
            rows = session.read.csv(list(source.files), header=True, multiLine=True, escape='"')
        else:
            rows = _typed(session, source).parquet(*source.files)
    except AnalysisException as error:
        raise UnreadableFile(
            f"{source.name}: Spark cannot read it ({error.getCondition()})",
            f"{source.name}：Spark 无法读取（技术信息：{error.getCondition()}）",
        ) from error
    columns = [name for name in source.columns if name in rows.columns]
    for one, other in (("source_lng", "lng"), ("received_local", "received_at")):
        if not {one, other} & set(columns):
            raise MissingColumn(
                f"{source.name}: no column '{one}' or '{other}'",
                f"{source.name}：没有“{one}”或“{other}”列",
            )
    return rows.select(*columns)


def _typed(session: SparkSession, source: RowSource) -> DataFrameReader:
    """Say which columns there are, where one file would not tell."""
    from pyspark.sql.types import StructType

    if source.schema is None:
        return session.read
    # Delta's schemas are written as Spark's own.
    told = json.loads(source.schema.to_json())
    told["fields"] = [field for field in told["fields"] if field["name"] in source.columns]
    return session.read.schema(StructType.fromJson(told))


def _indexed(session: SparkSession, rows: DataFrame, area: Area, job: CellJob) -> DataFrame:
    """Have every worker index its rows; the boundaries travel once to each."""
    known = session.sparkContext.broadcast(area)
    schema = index_schema(job, incidents="incident" in rows.columns)

    def index(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from index_rows(pa.Table.from_batches([batch]), known.value, job).to_batches()

    return rows.mapInArrow(index, _spark_schema(schema))


def _spark_schema(schema: pa.Schema) -> Any:
    return ", ".join(f"`{field.name}` {_TYPES[str(field.type)]}" for field in schema)
