"""Papers of a run: sections whose numbers carry their refs, as a page, a reply, a document or a workbook."""

from gadolin.brief.section import Fact, Paragraph, Section, Table

__all__ = ["Fact", "Paragraph", "Section", "Table"]
