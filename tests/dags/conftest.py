"""An Airflow of the tests' own: settings and home are set before anything imports Airflow."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DAGS_FOLDER = REPOSITORY / "dags"
SETTINGS = {
    "RAW_BUCKET": "the-raw",
    "PROCESSED_BUCKET": "the-processed",
    "REPORTS_BUCKET": "the-reports",
    "GLUE_JOB_NAME": "the-job",
    "CRAWLER_NAME": "the-crawler",
    "DATABASE": "the_database",
    "WORKGROUP": "the-workgroup",
    "DASHBOARD_PREFIX": "dashboard/",
}

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "AWS_"))]:
    del os.environ[name]
HOME = tempfile.TemporaryDirectory(prefix="clickstream_airflow_")
os.environ.update(
    {
        "AIRFLOW_HOME": HOME.name,
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS_FOLDER),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "AIRFLOW__API_AUTH__JWT_SECRET": "t" * 64,  # the one that Airflow makes up is shorter than PyJWT likes
        # A port where nothing listens: a test that forgets its stub fails at once instead of reaching the network.
        "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(
            {
                "conn_type": "aws",
                "login": "test",
                "password": "test",
                "extra": {"region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:9"},
            }
        ),
        "AWS_EC2_METADATA_DISABLED": "true",
        **{f"AIRFLOW__CLICKSTREAM__{key}": value for key, value in SETTINGS.items()},
    }
)


@pytest.fixture(scope="session")
def dag_bag():
    """Every DAG of the repository, parsed."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow 3.0
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef] # one or the other
    return DagBag(DAGS_FOLDER)


@pytest.fixture(scope="session")
def daily(dag_bag):
    return dag_bag.dags["clickstream_daily"]


@pytest.fixture(scope="session")
def botocore_session():
    """It reads the models of services, which takes long, once."""
    import botocore.session

    return botocore.session.Session()


@pytest.fixture
def stub(monkeypatch, botocore_session):
    """Puts a stubbed client behind a hook class: ``stub(S3Hook, "s3")`` gives the botocore Stubber.

    Answers are checked against the service's own model, and every one that was promised must be asked for.
    """
    from botocore.stub import Stubber

    stubbers = []

    def make(hook_class, service: str) -> Stubber:
        client = botocore_session.create_client(service, "us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        stubber = Stubber(client)
        stubber.activate()
        stubbers.append(stubber)
        monkeypatch.setattr(hook_class, "get_conn", lambda self: client)
        monkeypatch.setattr(hook_class, "conn", client)
        return stubber

    yield make
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


@pytest.fixture(scope="session")
def airflow():
    """Airflow's API server with the plugin that it found in the plugins folder."""
    from airflow.api_fastapi.app import create_app
    from fastapi.testclient import TestClient

    with pytest.MonkeyPatch.context() as patch:
        if find_spec("airflow.models.revoked_token"):  # Airflow 3.0 revokes no token; here is no database to look into
            patch.setattr("airflow.models.revoked_token.RevokedToken.is_revoked", lambda *_: False)
        yield TestClient(create_app("core"), raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def plugin(airflow):
    """The plugin's module, under the bare name by which Airflow has imported it."""
    return sys.modules["clickstream_page"]


@pytest.fixture
def token(airflow):
    """Of a user who may look at DAGs and change nothing."""
    from tests.dags.page_support import token_of

    return token_of("viewer")


@pytest.fixture
def get(airflow, token):
    """Asks Airflow's API server for a path as a user who is signed in."""
    return lambda path: airflow.get(path, headers={"Authorization": f"Bearer {token}"})
