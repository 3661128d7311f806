"""The one line that a failed task leaves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clickstream.errors import GateError, ServiceRunError, keeps_error, log_failure, one_line


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(GateError("rows_read 0"), "rows_read 0", id="ours: the message alone"),
        pytest.param(ServiceRunError("a\n  b\tc\r\n"), "a b c", id="several lines become one"),
        pytest.param(KeyError("x"), "KeyError: 'x'", id="others: with their type"),
        pytest.param(ValueError(), "ValueError", id="no message: the type"),
        pytest.param(None, "no exception was recorded", id="nothing"),
    ],
)
def test_an_error_becomes_one_line(error, expected):
    assert one_line(error) == expected


def test_a_long_error_is_cut():
    assert len(one_line(GateError("x" * 5000))) == 2000
    assert one_line(GateError("x" * 5000)).endswith("x…")


@pytest.mark.parametrize(
    ("map_index", "name"), [(-1, "transform_events"), (None, "transform_events"), (2, "transform_events[2]")]
)
def test_a_failed_task_leaves_exactly_one_line_that_can_be_searched_for(capsys, map_index, name):
    instance = SimpleNamespace(task_id="transform_events", map_index=map_index)
    log_failure({"ti": instance, "exception": ServiceRunError("Glue run jr_1 is FAILED:\nNoRawObjectsError: no")})
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"CLICKSTREAM TASK FAILED {name}: Glue run jr_1 is FAILED: NoRawObjectsError: no\n"


@keeps_error
class Step:
    """What an operator looks like to Airflow's task runner."""

    def execute(self, context):
        """Fail."""
        raise ValueError("execute")

    def resume_execution(self, next_method, next_kwargs, context):
        """Fail later."""
        raise ValueError(f"resume {next_method}")


def test_what_an_operator_raises_is_in_the_context_for_the_callback():
    context: dict = {}
    with pytest.raises(ValueError, match="execute"):
        Step().execute(context=context)
    assert str(context["exception"]) == "execute"


def test_what_an_operator_raises_after_a_deferral_is_in_the_context_too():
    for call in (
        lambda c: Step().resume_execution("done", {}, c),
        lambda c: Step().resume_execution(next_method="done", next_kwargs={}, context=c),
    ):
        context: dict = {}
        with pytest.raises(ValueError, match="resume done"):
            call(context)
        assert str(context["exception"]) == "resume done"
