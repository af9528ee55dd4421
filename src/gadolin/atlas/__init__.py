"""Facts with their sources: every table declared, read, checked and citable.

The atlas holds facts, never choices: estimates that contradict each other stand side by side, each with basis and
source. A case chooses.
"""

from gadolin.atlas.read import cell, sources, table
from gadolin.atlas.schema import TABLES, declared

__all__ = ["TABLES", "cell", "declared", "sources", "table"]
