"""A run's brief in other forms: the sections are made again from the case that the run folder holds.

So a paper says what the run said as long as the program is the same; other versions are named by `gadolin rerun`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gadolin import case as cases
from gadolin import runs
from gadolin.brief import office, pdf
from gadolin.brief.report import Report, all_sections
from gadolin.errors import Fault, InputError

__all__ = ["FORMS", "write"]

FORMS: dict[str, Callable[..., bytes]] = {
    "pdf": pdf.render,
    "docx": office.render_docx,
    "xlsx": office.render_xlsx,
}


def write(folder: str | Path, form: str, out: str | Path | None = None) -> Path:
    """Write the brief of a run as PDF, Word document or workbook.

    Args:
        folder: Run folder.
        form: `pdf`, `docx` or `xlsx`.
        out: File to write; `brief.FORM` in the current folder when None.

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
    report = Report(case, command["futures"], decides["seed"])
    target = Path(out) if out is not None else Path(f"brief.{form}")
    target.write_bytes(FORMS[form](case.settings.case.name, all_sections(report)))
    return target
