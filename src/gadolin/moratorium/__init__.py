"""May this consignment leave? Does raw ore leave although it may not?

Rules as dated clauses with their source and status (`Rules`), a verdict on each consignment with every clause and value
that gave it (`judge`), an exact permit ledger, operators' returns, and a detector of leakage in trade data.
An unverified or assumed rule can only hold, never refuse; what is unclear is asked, never guessed.
"""

from gadolin.moratorium.batch import Checked, check_all
from gadolin.moratorium.consignment import Consignment
from gadolin.moratorium.facts import Prices
from gadolin.moratorium.judge import judge
from gadolin.moratorium.permits import PermitLedger
from gadolin.moratorium.rules import Rule, Rules
from gadolin.moratorium.terms import Permit, Permits
from gadolin.moratorium.verdict import VERDICTS, Verdict

__all__ = [
    "VERDICTS",
    "Checked",
    "Consignment",
    "Permit",
    "PermitLedger",
    "Permits",
    "Prices",
    "Rule",
    "Rules",
    "Verdict",
    "check_all",
    "judge",
]
