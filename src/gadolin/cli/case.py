"""Commands about a case: start one, look at what it changes, ask why a number is what it is."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.argument("folder", metavar="DIR", type=click.Path())
@output_options
def init(case_name: str, folder: str, out: Output) -> None:
    """Start a case in DIR: a copy of CASE, or what the atlas has on an ISO3 country.

    Example: gadolin init malaysia my-case
    """
    from gadolin import case

    files = case.init(case_name, folder)
    out.show(_Lines({"files": files}, [f"Wrote {len(files)} files:", *(f"  {f}" for f in files)]))


@click.command()
@click.argument("ref", metavar="REF")
@output_options
def why(ref: str, out: Output) -> None:
    """Print the chain behind a number: value, method, inputs, sources.

    REF is TABLE:ROW_ID:COLUMN, CASE/TABLE:ROW_ID:COLUMN, CASE/FILE:LINE or RUN:TABLE:ROW_ID:COLUMN.

    Example: gadolin why deposits:my_national.rmk12_inferred:resource_value
    """
    from gadolin import case

    out.show(case.why(ref))


class _Lines:
    """A result that is a record and some lines of text."""

    def __init__(self, record: dict, lines: list[str]) -> None:
        self.record, self.lines = record, lines

    def as_dict(self) -> dict:
        return self.record

    def __str__(self) -> str:
        return "\n".join(self.lines)


COMMANDS = (init, why)
