"""The cost tables of docs/deploy.md as monthly_costs.py computes them.

``python -m tests.iac.cost_tables`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clickstream.contract import load_contract
from tests.iac.monthly_costs import Fact, assumptions, monthly_costs, unit_prices

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"
EVENTS_A_DAY = {
    "idle": 0,
    "1 million events a day": 10**6,
    "10 million events a day": 10**7,
    "100 million events a day": 10**8,
}
ROWS = {
    "Firehose": "firehose",
    "S3": "s3",
    "Glue job": "glue_job",
    "Glue crawler": "crawler",
    "Athena": "athena",
    "KMS": "kms",
    "CloudWatch": "cloudwatch",
    "MWAA (mw1.small)": "mwaa",
    "network (NAT)": "network",
    "**total**": "total",
    "**without Airflow** (`create_mwaa = false`)": "without_airflow",
}


def tables() -> Mapping[str, str]:
    """Each table, by the words between its marks."""
    contract = load_contract()
    return {
        "a month": _table(
            ["a month, USD", *EVENTS_A_DAY],
            [
                [title, *(_usd(getattr(monthly_costs(events, contract), row)) for events in EVENTS_A_DAY.values())]
                for title, row in ROWS.items()
            ],
        ),
        "unit prices": _table(
            ["name", "USD", "for", "source"],
            [[*_named(name, fact), fact.source] for name, fact in unit_prices(contract).items()],
        ),
        "assumptions": _table(
            ["name", "value", "why"], [_named(name, fact) for name, fact in assumptions(contract).items()]
        ),
    }


def written_anew(text: str) -> str:
    """The document with each table between its marks as it must be."""
    for name, table in tables().items():
        begin, end = marks(name)
        before, found, rest = text.partition(f"{begin}\n")
        _, also_found, after = rest.partition(end)
        assert found, f"{begin} is not there"
        assert also_found, f"{end} is not there"
        text = f"{before}{begin}\n{table}{end}{after}"
    return text


def marks(name: str) -> tuple[str, str]:
    """The comments before and after a table."""
    return f"<!-- {name}: written by python -m tests.iac.cost_tables -->", f"<!-- end of {name} -->"


def _usd(amount: float) -> str:
    return f"{amount:.1f}" if 0 < amount < 10 else f"{amount:,.0f}"


def _named(name: str, fact: Fact) -> list[str]:
    return [f"`{name}`", f"{fact.value:.10g}", fact.meaning]


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (header, *rows)]
    return "\n".join([lines[0], "|---" * len(header) + "|", *lines[1:], ""])


if __name__ == "__main__":
    DOCUMENT.write_text(written_anew(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
