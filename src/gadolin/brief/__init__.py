"""Papers of a run: sections whose numbers carry their refs, as a page, a reply, a document or a workbook.

`run` and `rerun`, the main job, load on first use: they bring in every room.
"""

from typing import TYPE_CHECKING, Any

from gadolin.brief.section import Fact, Paragraph, Section, Table

if TYPE_CHECKING:
    from gadolin.brief.job import rerun, run

__all__ = ["Fact", "Paragraph", "Section", "Table", "rerun", "run"]


def __getattr__(name: str) -> Any:
    if name in ("rerun", "run"):
        from gadolin.brief import job

        return getattr(job, name)
    raise AttributeError(f"module 'gadolin.brief' has no attribute '{name}'")
