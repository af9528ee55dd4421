"""`gadolin position`: where a country stands."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, as_of_option, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@as_of_option
@output_options
def position(case_name: str, as_of: str | None, out: Output) -> None:
    """Show where the country of CASE stands: deposits, ladder, dependence, trade, rules, partners.

    Example: gadolin position malaysia --as-of 2025-03-31
    """
    from gadolin import case
    from gadolin import position as room

    out.show(room.position(case.load(case_name, as_of)))


COMMANDS = (position,)
