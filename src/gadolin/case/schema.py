"""All that a case may hold, by name: one record for each kind of file and of register entry.

`case.toml` is a `CaseFile`, a file of `strategies/` a `Strategy`, `futures.toml` a `FuturesFile`, a file of `deals/` a
`Deal`, and what stands in `registers/` is an `Engagement`, `Proposal`, `Advice`, `Round`, `Score` or `Decision`.
"""

from __future__ import annotations

from gadolin.case.case_file import CaseFile, DesignEntry, FormulaEntry, General, PlantEntry
from gadolin.case.deal_file import ClauseEntry, Deal
from gadolin.case.records import Given, Number, Record, read_record
from gadolin.case.registers import Advice, Decision, Engagement, Proposal, Round, Score
from gadolin.case.strategy_file import FuturesFile, Strategy

__all__ = [
    "Advice",
    "CaseFile",
    "ClauseEntry",
    "Deal",
    "Decision",
    "DesignEntry",
    "Engagement",
    "FormulaEntry",
    "FuturesFile",
    "General",
    "Given",
    "Number",
    "PlantEntry",
    "Proposal",
    "Record",
    "Round",
    "Score",
    "Strategy",
    "read_record",
]
