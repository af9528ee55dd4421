"""`gadolin register`: the committee's engagements, proposals, advice, scores and decisions."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options

_on = click.option("--on", metavar="DATE", help="Day on which the registers are read (default: the case's data date).")


@click.group()
def register() -> None:
    """Read and check the committee's registers."""


@register.command()
@click.argument("case_name", metavar="CASE")
@output_options
def check(case_name: str, out: Output) -> None:
    """Check every record of CASE's registers; exit code 3 when there are faults.

    Example: gadolin register check malaysia
    """
    from gadolin import case
    from gadolin.case.register_book import examine

    found = examine(case.load(case_name))
    out.show(found, ok=found.ok)


@register.command("list")
@click.argument("case_name", metavar="CASE")
@click.option("--register", "name", metavar="NAME", help="Only this register, e.g. engagements.")
@_on
@output_options
def list_(case_name: str, name: str | None, on: str | None, out: Output) -> None:
    """List the records of CASE with date and status.

    Example: gadolin register list malaysia --register engagements
    """
    from gadolin import case
    from gadolin.case.register_book import open_book

    out.show(open_book(case.load(case_name), on).entries(name))


@register.command()
@click.argument("case_name", metavar="CASE")
@click.option("--since", metavar="DATE", help="Only what is dated on or after this day.")
@_on
@output_options
def minutes(case_name: str, since: str | None, on: str | None, out: Output) -> None:
    """Print minutes of CASE: each number with its source and date.

    Example: gadolin register minutes malaysia --since 2025-10-01
    """
    from gadolin import case
    from gadolin.case.register_book import open_book

    out.show(open_book(case.load(case_name), on).minutes(since))


@register.command()
@click.argument("case_name", metavar="CASE")
@_on
@output_options
def due(case_name: str, on: str | None, out: Output) -> None:
    """Say what is due in CASE, from whom and since when.

    Example: gadolin register due malaysia
    """
    from gadolin import case
    from gadolin.case.register_book import open_book

    out.show(open_book(case.load(case_name), on).due())


@register.command()
@click.argument("case_name", metavar="CASE")
@click.option("--by", required=True, metavar="NAME", help="Who seals.")
@click.option("--on", required=True, metavar="DATE", help="Day of the seal.")
@click.option("--reason", default="", help="Why records were changed or removed since the seal before.")
@output_options
def seal(case_name: str, by: str, on: str, reason: str, out: Output) -> None:
    """Seal the records of CASE: what is changed afterwards is a fault of `register check`.

    Example: gadolin register seal mycase --by secretariat --on 2026-03-31
    """
    from gadolin import case
    from gadolin.case import register_seals

    out.show(register_seals.seal(case.load(case_name), on, by, reason))


COMMANDS = (register,)
