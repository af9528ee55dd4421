"""`gadolin risk`: who can hurt whom, at which stage, for how long, at what price."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, Progress, as_of_option, future_options, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--country", default=None, metavar="REGION", help="Whose loss; default: the country of the case.")
@click.option("--exports-only", is_flag=True, help="The actor stops exporting and goes on for itself.")
@click.option("--stock-months", type=float, default=0.0, show_default=True, help="Own stock, in months of use.")
@click.option("--leverage", default=None, metavar="ACTOR", help="Instead: what export cuts pay ACTOR and cost others.")
@click.option("--months", type=int, default=12, show_default=True, help="Longest duration in the table of leverage.")
@future_options(default=4)
@as_of_option
@output_options
def risk(
    case_name: str,
    country: str | None,
    exports_only: bool,
    stock_months: float,
    leverage: str | None,
    months: int,
    futures: int,
    seed: int,
    workers: int | None,
    as_of: str | None,
    out: Output,
) -> None:
    """Loss when one actor stops at one stage, how long one gets by, price at risk; the indices of others beside it.

    With --leverage a table of what export cuts pay an actor and cost others.

    Example: gadolin risk malaysia --country JPN --exports-only --stock-months 2
    """
    from dataclasses import replace

    from gadolin import case
    from gadolin.market.leader import payoffs
    from gadolin.position.indices import indices
    from gadolin.risk.profiles import profile

    loaded = case.load(case_name, as_of=as_of)
    if leverage is not None:
        world = loaded.inputs.world_of()
        targets = ((), ("JPN",), ("USA",), ("EUU", "JPN", "KOR", "USA"))
        aimed = tuple(t for t in targets if leverage not in t)
        progress = Progress("policies", quiet=out.quiet)
        durations = tuple(dict.fromkeys((min(3, months), months)))
        chokes = loaded.inputs.chokes_of()
        found = payoffs(world, leverage, aimed, depths=(0.5, 1.0), months=durations, chokes=chokes, progress=progress)
        conduct = loaded.inputs.conduct_of(world) if leverage == "CHN" else {}
        out.show(replace(found, conduct=conduct))
        return
    drawn = loaded.inputs.futures_of(futures, seed)
    worlds = loaded.inputs.worlds_of(drawn)
    who = country or loaded.inputs.region_of()
    members = next(iter(worlds.values())).members.get(who, (who,))
    progress = Progress("actors and stages", quiet=out.quiet)
    beside = indices(loaded, who, members)
    out.show(
        profile(worlds, who, drawn, stock_months, exports_only, workers=workers, progress=progress, indices=beside)
    )


COMMANDS = (risk,)
