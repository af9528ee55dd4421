"""`gadolin deal`: what a deal is worth to each side."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, Progress, as_of_option, future_options, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.argument("deal_id", metavar="DEAL")
@click.option("--details", is_flag=True, help="Print also each party, each rule it meets with its source, and limits.")
@click.option("--resume", is_flag=True, help="Keep finished futures in the cache and take them up again.")
@future_options(default=32)
@as_of_option
@output_options
def deal(
    case_name: str,
    deal_id: str,
    details: bool,
    resume: bool,
    futures: int,
    seed: int,
    workers: int | None,
    as_of: str | None,
    out: Output,
) -> None:
    """Value DEAL of CASE for each side, with and without it, and say what it collides with.

    Example: gadolin deal malaysia mp-us-floor-2025 --futures 32
    """
    from gadolin import case, deals
    from gadolin.deals.worth import Details

    progress = Progress("groups of futures", quiet=out.quiet)
    loaded = case.load(case_name, as_of)
    worth = deals.payoffs(loaded, deal_id, futures, seed, workers, progress, resume)
    out.show(Details(worth) if details else worth)


COMMANDS = (deal,)
