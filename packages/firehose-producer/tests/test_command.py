"""The command line: what is wrong with an option is one line, before anything is read or sent."""

from __future__ import annotations

import argparse
import sys

import pytest

from firehose_producer.command import add_options, parse_options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rate", "0"], "--rate 0.0: give a number of records a second above zero"),
        (["--rate", "inf"], "--rate inf: give a number of records a second above zero"),
        (["--rate", "nan"], "--rate nan: give a number of records a second above zero"),
        (["--max-attempts", "0"], "--max-attempts 0: give a number from 1"),
        (["--given-up", "no/such/folder.jsonl"], "its folder does not exist"),
    ],
)
def test_an_option_that_can_not_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    monkeypatch.setattr(sys, "argv", ["producer", "--stream", "s", *options])
    with pytest.raises(SystemExit) as caught:
        parse_options(parser)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
