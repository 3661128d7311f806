"""What can be wrong with the contract, or with a document that it describes."""

from __future__ import annotations


class ContractError(ValueError):
    """contract.json can't be used. The message is one line and names the place inside the file."""


class UnknownContractEntryError(KeyError):
    """A name that contract.json does not list was asked for."""

    def __str__(self) -> str:
        return str(self.args[0])


class LedgerError(ValueError):
    """A document that should be a run's ledger is none. The message is a clause such as "lacks rows_read"."""
