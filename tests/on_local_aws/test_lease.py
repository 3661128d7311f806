"""The lease on a report (dags/clickstream/reports/lease.py), on the S3 of a real local_aws over real HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from clickstream.reports.lease import Lease

LONG, OVER = timedelta(minutes=30), timedelta(seconds=-1)


@pytest.fixture(scope="module")
def s3(local_aws):
    client = local_aws.client("s3")
    client.create_bucket(Bucket="lease-tests")
    return client


@pytest.fixture
def lease(s3, request):
    def make(holder: str, length: timedelta = LONG) -> Lease:
        return Lease(s3, "lease-tests", f"leases/{request.node.name}.json", holder, length)

    return make


def test_only_one_of_two_gets_it(lease):
    assert lease("run_1").acquire()
    assert not lease("run_2").acquire()


def test_a_retried_task_gets_its_own_again(lease):
    assert lease("run_1").acquire()
    assert lease("run_1").acquire()


def test_it_passes_on_when_it_is_given_back(lease):
    assert lease("run_1").acquire()
    lease("run_1").release()
    assert lease("run_2").acquire()


def test_somebody_elses_cannot_be_given_back(lease):
    assert lease("run_1").acquire()
    lease("run_2").release()
    assert not lease("run_2").acquire()


def test_giving_back_what_nobody_holds_is_no_error(lease):
    lease("run_1").release()
    assert lease("run_2").acquire()


def test_one_that_ran_out_goes_to_the_next(lease):
    assert lease("killed", OVER).acquire()
    assert lease("run_2").acquire()
    assert not lease("killed").acquire()


@pytest.mark.parametrize("start", ["free", "run_out"])
def test_of_many_at_once_exactly_one_gets_it(lease, start):
    if start == "run_out":
        lease("killed", OVER).acquire()
    barrier = Barrier(8)

    def race(number: int) -> bool:
        barrier.wait(10)
        return lease(f"run_{number}").acquire()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(race, range(8))) == 1
