"""Spark for the tests that need it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from geodata.engines import SparkEngine
from geodata.engines.java import find_java
from geodata.errors import MissingJava
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def spark_ready() -> None:
    """Skip where PySpark or its Java is not installed."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("PySpark not installed: pip install -r requirements-spark.txt")
    try:
        find_java()
    except MissingJava as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def spark(spark_ready: None) -> Iterator[SparkEngine]:
    """One session for all tests: starting it takes seconds."""
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "JAVA_HOME", "PYSPARK_PYTHON")}
    # Spark's Python workers are processes of their own and import from here too.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), before["PYTHONPATH"]]))
    engine = SparkEngine("local[2]")
    yield engine
    engine.close()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
