"""`gadolin compare`: strategies of a case over futures."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, Progress, as_of_option, future_options, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--strategy", "strategies", multiple=True, metavar="ID", help="Only these; may be repeated.")
@click.option("--against", metavar="ID", default=None, help="Print only what differs from this strategy.")
@click.option("--by-state", is_flag=True, help="Print what each state gets.")
@click.option("--details", is_flag=True, help="Print also every flip, what cannot be and why, and all limits.")
@click.option("--resume", is_flag=True, help="Keep finished futures in the cache and take them up again.")
@future_options(default=32)
@as_of_option
@output_options
def compare(
    case_name: str,
    strategies: tuple[str, ...],
    against: str | None,
    by_state: bool,
    details: bool,
    resume: bool,
    futures: int,
    seed: int,
    workers: int | None,
    as_of: str | None,
    out: Output,
) -> None:
    """Strategies of CASE over futures: medians and ranges, who wins, regret, what flips the best.

    Example: gadolin compare malaysia --futures 32
    """
    from gadolin import case, strategy
    from gadolin.strategy.compare import check_named
    from gadolin.strategy.report import ByState, Details, Differences

    progress = Progress("groups of futures", quiet=out.quiet)
    loaded = case.load(case_name, as_of)
    if against is not None:
        check_named(loaded, against, strategies)
    found = strategy.compare(loaded, futures, seed, workers, progress, strategies or None, resume)
    if against is not None:
        out.show(Differences(found, against))
    elif by_state:
        out.show(ByState(found))
    elif details:
        out.show(Details(found))
    else:
        out.show(found)


COMMANDS = (compare,)
