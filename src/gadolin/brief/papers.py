"""A run's brief in other forms, written from the sections that the run keeps: nothing is computed again.

A paper says what the run said, also on another machine and with later tables; only how it is drawn is that of the
program that writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gadolin import runs
from gadolin.brief import html, kept, office, pdf, words
from gadolin.brief.section import Section
from gadolin.errors import Fault, InputError

__all__ = ["FORMS", "write"]


def _page(title: str, read: kept.Kept, language: str) -> bytes:
    return html.render(title, read.sections(language), read.about, language).encode()


def _paper(render: Callable[[str, Sequence[Section], str], bytes]) -> Callable[[str, kept.Kept, str], bytes]:
    return lambda title, read, language: render(title, read.sections(language), language)


FORMS: dict[str, Callable[[str, kept.Kept, str], bytes]] = {
    "pdf": _paper(pdf.render),
    "docx": _paper(office.render_docx),
    "xlsx": _paper(office.render_xlsx),
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
        InputError: No run of the main job there, no such form, its sections are missing or were changed, or the extra
            is not installed.
    """
    if form not in FORMS:
        raise InputError(f'no form "{form}" ({", ".join(FORMS)})')
    manifest = runs.read_manifest(folder)
    command = manifest["decides"]["command"]
    if command.get("name") != "run":
        raise InputError(Fault("is not a run of the main job", file="manifest.json", field="decides.command.name"))
    spoken = language or command.get("language", "en")
    read = kept.load(_unchanged(Path(folder) / kept.FILE, manifest["outputs"]))
    title = words.title_of(read.country, words.translator(spoken))
    made = FORMS[form](title, read, spoken)
    target = Path(out) if out is not None else Path(f"brief.{form}")
    target.write_bytes(made)
    return target


def _unchanged(file: Path, outputs: Mapping[str, str]) -> str:
    """The kept sections, if they are those that the run wrote.

    Raises:
        InputError: None kept, or changed since.
    """
    if file.name not in outputs:
        raise InputError(Fault("is not in this run, which is older than papers from kept sections; run the case again",
                               file=file.name))  # fmt: skip
    if runs.file_digest(file) != outputs[file.name]:
        was = "was changed after the run was written" if file.is_file() else "is missing"
        raise InputError(Fault(f"{was}; a paper would not say what the run said; run the case again", file=file.name))
    return file.read_text("utf-8")
