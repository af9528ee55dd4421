"""A run's brief in other forms: the sections are made again from the case that the run folder holds.

So a paper says what the run said as long as the program is the same; other versions are named by `gadolin rerun`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gadolin import case as cases
from gadolin import runs
from gadolin.brief import html, office, pdf, words
from gadolin.brief.report import Report, all_sections
from gadolin.brief.section import Section
from gadolin.errors import Fault, InputError

__all__ = ["FORMS", "write"]


def _page(title: str, sections: Sequence[Section], language: str) -> bytes:
    return html.render(title, sections, {}, language).encode()


FORMS: dict[str, Callable[..., bytes]] = {
    "pdf": pdf.render,
    "docx": office.render_docx,
    "xlsx": office.render_xlsx,
    "html": _page,
}


def write(folder: str | Path, form: str, out: str | Path | None = None, language: str | None = None) -> Path:
    """Write the brief of a run as PDF, Word document, workbook or page.

    Args:
        folder: Run folder.
        form: `pdf`, `docx`, `xlsx` or `html`.
        out: File to write; `brief.FORM` in the current folder when None.
        language: `en` or `ms`; that of the run when None.

    Returns:
        The file.

    Raises:
        InputError: No run of the main job there, no such form, or the extra is not installed.
    """
    if form not in FORMS:
        raise InputError(f'no form "{form}" ({", ".join(FORMS)})')
    decides = runs.read_manifest(folder)["decides"]
    command = decides["command"]
    if command.get("name") != "run":
        raise InputError(Fault("is not a run of the main job", file="manifest.json", field="decides.command.name"))
    copy = Path(folder) / "case"
    case = cases.load(str(copy) if copy.exists() else command["case"], command["as_of"])
    spoken = language or command.get("language", "en")
    report = Report(case, command["futures"], decides["seed"], language=spoken)
    title = words.title_of(case.settings.case.name, words.translator(spoken))
    target = Path(out) if out is not None else Path(f"brief.{form}")
    target.write_bytes(FORMS[form](title, all_sections(report), spoken))
    return target
