"""A country's folder laid over the atlas, and the only door from facts to models."""

from gadolin.case.load import Case, Override, load, shipped
from gadolin.case.start import init
from gadolin.case.why import Reason, why

__all__ = ["Case", "Override", "Reason", "init", "load", "shipped", "why"]
