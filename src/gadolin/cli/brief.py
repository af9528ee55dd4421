"""`gadolin brief`: the brief of a run as PDF, Word document, workbook or page, in either language."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--to", "form", type=click.Choice(["pdf", "docx", "xlsx", "html"]), required=True, help="Form of the paper."
)
@click.option("--out", "file", metavar="FILE", type=click.Path(dir_okay=False), help="Default brief.FORM, here.")
@click.option("--lang", "language", type=click.Choice(["en", "ms"]), help="Language; default: that of the run.")
@output_options
def brief(run_folder: str, form: str, file: str | None, language: str | None, out: Output) -> None:
    """Write the brief of RUN as a tagged PDF, a Word document, a workbook or a page.

    Example: gadolin brief runs/malaysia-1a2b3c4d --to pdf
    """
    from gadolin.brief import papers

    written = papers.write(run_folder, form, file, language)
    out.show({"file": written.name} if out.as_json else f"Wrote {written}.")


COMMANDS = (brief,)
