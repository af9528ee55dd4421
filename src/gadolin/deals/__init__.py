"""What a partnership is worth to each side, what to ask for, and which rules it meets."""

from gadolin.case.schema import Deal
from gadolin.deals.clauses import with_clauses
from gadolin.deals.payoffs import payoffs, payoffs_of_all
from gadolin.deals.treaties import Hit, hits_of
from gadolin.deals.worth import ClauseWorth, Worth

__all__ = ["ClauseWorth", "Deal", "Hit", "Worth", "hits_of", "payoffs", "payoffs_of_all", "with_clauses"]
