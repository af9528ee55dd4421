"""`gadolin case export` and `gadolin case import`: a case as a workbook, and back."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options


@click.group("case")
def case_group() -> None:
    """A case as one workbook, edited in Excel or LibreOffice and read back.

    Example: gadolin case export malaysia malaysia.xlsx
    """


@case_group.command("export")
@click.argument("case_name", metavar="CASE")
@click.argument("file", metavar="FILE.xlsx", type=click.Path(dir_okay=False))
@output_options
def export(case_name: str, file: str, out: Output) -> None:
    """Write CASE as a workbook with a sheet per table and per text file.

    Example: gadolin case export malaysia malaysia.xlsx
    """
    from gadolin import case
    from gadolin.brief import workbook

    sheets = workbook.export(case.load(case_name), file)
    if out.as_json:
        out.show({"sheets": sheets})
    else:
        out.show(f"Wrote {file}: {len(sheets)} sheets.")


@case_group.command("import")
@click.argument("file", metavar="FILE.xlsx", type=click.Path(dir_okay=False))
@click.argument("folder", metavar="DIR", type=click.Path())
@output_options
def import_(file: str, folder: str, out: Output) -> None:
    """Read an edited workbook into a new case folder DIR and list what changed.

    Example: gadolin case import malaysia.xlsx my-case
    """
    from gadolin.brief import workbook

    out.show(workbook.read_back(file, folder))


COMMANDS = (case_group,)
