"""One fact, one place: Terraform and local_aws create the same things, and both follow the contract."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import pytest

from clickstream.contract import Contract
from clickstream_dev import resource_names
from clickstream_dev.terraform.errors import TerraformError
from clickstream_dev.terraform.module import Module
from tests.iac.fact_edits import at, copy_of_what_terraform_reads, leaves, other_than, with_value
from tests.iac.mwaa_airflow import local_module
from tests.iac.shared_facts import (
    CLOUD_ONLY,
    REPOSITORY,
    Facts,
    differences,
    of_local_aws,
    of_terraform,
)

CONTRACT = Path("dags") / "clickstream" / "contract" / "contract.json"
DOCUMENT = json.loads((REPOSITORY / CONTRACT).read_text(encoding="utf-8"))
# Other code asks for these by their names, so that a change of the name has no value at all.
MISSED_BY_NAME = {
    "crawler.table",
    "glue.script_key",
    "resources.buckets",
    "resources.roles",
    "tables.quarantine.format",
    "tables.run_ledger.format",
}
PARTS = ["artifacts", "buckets", "crawler", "database", "job", "roles", "settings", "stream", "tables", "workgroup"]


@cache
def terraform() -> Facts:
    return of_terraform(local_module(REPOSITORY))


@cache
def local() -> Facts:
    return of_local_aws(Contract(DOCUMENT))


def test_no_part_is_left_out():
    assert sorted(terraform()) == sorted(local()) == PARTS


@pytest.mark.parametrize("part", PARTS)
def test_terraform_and_local_aws_say_the_same(part):
    found = differences(terraform()[part], local()[part])
    assert not found, "\n".join(found)
    assert local()[part]


class Altered:
    """A module in which one resource has other arguments."""

    def __init__(self, module: Module, address: str, values: dict[Any, Any]) -> None:
        self._module, self._address, self._values = module, address, values

    def values(self, address: str) -> dict[Any, Any]:
        return self._values if address == self._address else self._module.values(address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@pytest.mark.parametrize("address", CLOUD_ONLY)
def test_every_argument_is_compared_or_only_for_the_cloud(address):
    module = local_module(REPOSITORY)
    values = module.values(address)
    not_compared = set()
    for place in leaves(values):
        other = with_value(values, place, other_than(at(values, place)))
        try:
            altered = of_terraform(cast(Module, Altered(module, address, other)))
        except (LookupError, ValueError, TerraformError):
            continue  # it is looked at
        if altered == terraform():
            own = place[1:] if address.startswith("aws_glue_catalog_table.") else place
            not_compared.add(".".join(str(key) for key in own if key != 0))
    assert not_compared == CLOUD_ONLY[address]


def test_both_sides_follow_every_fact_of_the_contract(monkeypatch, tmp_path):
    """Changes each fact of the contract, alone: where one side had a copy of it, it would not follow."""
    copy_of_what_terraform_reads(tmp_path)
    read, missed, apart = set(), set(), []
    for path in leaves(DOCUMENT):
        document = with_value(DOCUMENT, path, other_than(at(DOCUMENT, path)))
        (tmp_path / CONTRACT).write_text(json.dumps(document), encoding="utf-8")
        monkeypatch.setattr(resource_names, "load_contract", partial(Contract, document))
        try:
            theirs, ours = (
                of_terraform(local_module(tmp_path)),
                of_local_aws(Contract(document)),
            )
        except (LookupError, ValueError, OSError, TerraformError):
            missed.add(".".join(key for key in path if isinstance(key, str)))
            continue
        for facts in (theirs, ours):
            facts["artifacts"] = set(facts["artifacts"])  # the contract itself is among the contents
        apart += [f"{path}: {line}" for line in differences(theirs, ours)]
        if any(theirs[part] != terraform()[part] for part in PARTS if part != "artifacts"):
            read.add(path[0])
    assert not apart, "\n".join(apart)
    assert missed <= MISSED_BY_NAME
    assert read == {
        "athena",
        "catalog",
        "crawler",
        "dashboard_prefix",
        "firehose",
        "glue",
        "project",
        "reports",
        "reports_prefix",
        "resources",
        "tables",
        "versions",
    }
