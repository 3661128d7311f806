"""The state file and the parts of the state that are written piece by piece."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local_aws.persistence import dirty
from local_aws.persistence.documents import decode, encode, key
from local_aws.persistence.persister import FILE_NAME, Persister
from local_aws.persistence.store import Store
from local_aws.services.gaps import logs_state as logs
from local_aws.services.glue.catalog import CATALOG


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / FILE_NAME)


def documents(store: Store, kind: str = "k") -> list[tuple[list[str], Any]]:
    found: list[tuple[list[str], Any]] = []
    store.each(kind, lambda name, document: found.append((name, document)))
    return found


def replace(store: Store, *names: str, content: int = 0) -> None:
    with store.transaction():
        store.replace("k", {key(name): encode(content) for name in names})


def then_fail(store: Store, change: Callable[[], None]) -> None:
    with store.transaction():
        change()
        raise ZeroDivisionError


def as_a_killed_process_leaves_it(store: Store, folder: Path) -> Store:
    """A second store on a copy of the files as they are, with nothing closed."""
    folder.mkdir()
    for file in store.path.parent.glob(f"{FILE_NAME}*"):
        shutil.copy(file, folder / file.name)
    return Store(folder / FILE_NAME)


def test_documents_keep_their_order_whatever_happens_to_the_others(store, tmp_path):
    for names in (["a", "b", "c"], ["a", "c", "d"], ["d", "a", "c"], ["d", "c", "e"]):
        replace(store, *names)
        assert [name for [name], _ in documents(store)] == names
    killed = as_a_killed_process_leaves_it(store, tmp_path / "killed")
    assert [name for [name], _ in documents(killed)] == ["d", "c", "e"]


def test_a_transaction_that_fails_leaves_nothing_and_the_next_writes_all(store, tmp_path):
    replace(store, "a")
    with pytest.raises(ZeroDivisionError):
        then_fail(store, lambda: store.replace("k", {key("b"): "1"}))
    assert documents(store) == [(["a"], 0)]
    replace(store, "b", content=1)
    assert documents(as_a_killed_process_leaves_it(store, tmp_path / "killed")) == [(["b"], 1)]


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 31, 23, 59, 0, 123456),  # noqa: DTZ001 - as moto keeps them
        datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        b"\x00\xff",
        {"local_aws:time": "x", "other": 1},
        'ü"\n',
        0.1,
        None,
    ],
)
def test_a_value_comes_back_as_it_was(value):
    assert decode(encode({"value": [value]})) == {"value": [value]}


def test_a_value_that_has_no_place_in_a_document_is_refused():
    with pytest.raises(TypeError, match="object has no place"):
        encode({"value": object()})


def test_names_that_begin_alike_are_not_taken_for_one_another(store):
    with store.transaction():
        store.put("k", {key("group", "stream", "1"): "1", key("group", "stream-2", "1"): "2", key("group", "s"): "3"})
        store.delete_below("k", key("group", "stream"))
    assert [document for _, document in documents(store)] == [2, 3]


class TestLogEvents:
    """Events are appended; a start keeps the newest."""

    @pytest.fixture
    def backend(self, in_process_backends: Path) -> Any:
        from moto.logs.models import logs_backends

        backend = logs_backends["123456789012"]["us-east-1"]
        backend.groups.clear()
        backend.ensure_log_group("group")
        yield backend
        backend.groups.clear()

    @staticmethod
    def append(backend: Any, *numbers: int) -> None:
        backend.ensure_log_stream("group", "stream")
        stream = backend.groups["group"].streams["stream"]
        stream.put_log_events([{"timestamp": number, "message": f"line {number}"} for number in numbers])

    @staticmethod
    def reload(store: Store, backend: Any) -> list[int]:
        with store.transaction():
            logs.save(store)
        backend.groups.clear()
        logs.load(store)
        return [event.timestamp for event in backend.groups["group"].streams["stream"].events]

    def test_the_newest_are_kept_over_many_restarts(self, backend, store):
        expected: list[int] = []
        for begin in range(0, 12_000, 1_503):
            numbers = range(begin, begin + 1_503)
            self.append(backend, *numbers)
            expected = [*expected, *numbers]
            expected = expected[max(0, len(expected) - logs.MAX_EVENTS_A_STREAM) // 200 * 200 :]
            assert self.reload(store, backend) == expected
        assert logs.MAX_EVENTS_A_STREAM <= len(expected) < logs.MAX_EVENTS_A_STREAM + 200

    def test_a_stream_that_was_made_again_has_its_new_events_only(self, backend, store):
        self.append(backend, *range(450))
        self.reload(store, backend)
        del backend.groups["group"].streams["stream"]
        self.append(backend, 7)
        assert self.reload(store, backend) == [7]

    def test_what_a_failed_save_wrote_is_written_again(self, backend, store):
        self.append(backend, *range(450))
        with pytest.raises(ZeroDivisionError):
            then_fail(store, lambda: logs.save(store))
        logs.forget_written()
        assert self.reload(store, backend) == list(range(450))


def test_what_can_not_be_saved_is_said_once_and_saved_later(in_process_backends, tmp_path, caplog):
    persister = Persister(tmp_path)
    dirty.take()
    broken = {"is": True}

    def save(store: Store) -> None:
        if broken["is"]:
            raise OSError("no space left on device")
        store.replace("k", {key("a"): "1"})

    persister.parts[CATALOG] = dataclasses.replace(persister.parts[CATALOG], save=save)
    dirty.mark(CATALOG)
    for _ in range(3):
        persister.save()
    assert [record.getMessage() for record in caplog.records] == [
        "the state of catalog is not saved, trying again: OSError: no space left on device"
    ]
    broken["is"] = False
    persister.start()
    persister.stop()
    assert documents(Store(tmp_path / FILE_NAME)) == [(["a"], 1)]
