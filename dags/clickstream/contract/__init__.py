"""The contract: every fact that is the same in all environments, and every rule that two parts of the pipeline keep.

Standard library only, because the Glue job and the tools around it import it too.

- ``contract.json`` states the facts; ``load_contract()`` gives them as the dataclasses of ``model.py``, checked, or
  raises a ``ContractError`` of one line.
- ``keys`` says where things lie, ``rules`` which dates belong together and which sums must agree.
- ``RunLedger`` is what the Glue job says of a run.
"""

from clickstream.contract import keys, rules
from clickstream.contract.errors import ContractError, LedgerError, UnknownContractEntryError
from clickstream.contract.load import load_contract, parse_contract, read_contract
from clickstream.contract.model import Contract
from clickstream.contract.run_ledger import RowCounts, RunLedger
from clickstream.contract.tables import BarChart, Chart, Column, Event, Field, Heatmap, LineChart, Report, Table

__all__ = [
    "BarChart",
    "Chart",
    "Column",
    "Contract",
    "ContractError",
    "Event",
    "Field",
    "Heatmap",
    "LedgerError",
    "LineChart",
    "Report",
    "RowCounts",
    "RunLedger",
    "Table",
    "UnknownContractEntryError",
    "keys",
    "load_contract",
    "parse_contract",
    "read_contract",
    "rules",
]
