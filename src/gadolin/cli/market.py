"""`gadolin market` and `gadolin stress`: the calibrated market, and what a shock does to it."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, Progress, as_of_option, future_options, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--year", type=int, default=None, help="Base year of the calibration; default: the last year known.")
@click.option("--until", type=int, default=None, help="Roll futures on to this year and print bands of prices.")
@click.option("--clay", default="xinfeng", show_default=True, help="Vector of the ion clays in the base year.")
@click.option("--shock", "shocks", multiple=True, metavar="TEXT", help="A measure in its short form; may be repeated.")
@click.option("--assumed", is_flag=True, help="Print what had to be assumed and every fact with its residual.")
@future_options(default=16)
@as_of_option
@output_options
def market(
    case_name: str,
    year: int | None,
    until: int | None,
    clay: str,
    shocks: tuple[str, ...],
    assumed: bool,
    futures: int,
    seed: int,
    workers: int | None,
    as_of: str | None,
    out: Output,
) -> None:
    """The market of CASE: prices and flows by element and stage, with what is observed, reconciled and assumed.

    Example: gadolin market malaysia --until 2030 --shock "ban CHN oxide Dy to JPN from 2027 for 12 months"
    """
    from gadolin import case
    from gadolin.market.outlook import outlook
    from gadolin.market.report import BaseYear
    from gadolin.market.shorthand import named
    from gadolin.market.years import Choices

    inputs = case.load(case_name, as_of=as_of).inputs
    measures = tuple(m for text in shocks for m in named(text))
    if until is None and not measures:
        out.show(BaseYear(inputs.world_of(year, clay), assumed, tuple(inputs.priors_of().lines())))
        return
    drawn = inputs.futures_of(futures, seed)
    worlds = inputs.worlds_of(drawn, year)
    world = next(iter(worlds.values()))
    for measure in measures:
        measure.check(world)
    last = until or max(int((m.end or m.start)[:4]) for m in measures) + 1
    progress = Progress("futures", quiet=out.quiet)
    scatter = inputs.price_scatter_of()
    plants = Choices(builds=inputs.builds_of(world))
    years = last - world.year
    out.show(
        outlook(worlds, drawn, years, measures, choices=plants, scatter=scatter, workers=workers, progress=progress)
    )


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--shock", "shocks", multiple=True, metavar="TEXT", required=True, help="A measure; may be repeated.")
@click.option("--year", type=int, default=None, help="Base year of the calibration; default: the last year known.")
@click.option("--resume", is_flag=True, help="Keep finished futures in the cache and take them up again.")
@future_options(default=32)
@as_of_option
@output_options
def stress(
    case_name: str,
    shocks: tuple[str, ...],
    year: int | None,
    resume: bool,
    futures: int,
    seed: int,
    workers: int | None,
    as_of: str | None,
    out: Output,
) -> None:
    """What a shock does to prices, use and flows, over futures that differ in what nobody knows.

    A shock is KIND ACTOR [GOODS] [ELEMENTS] [NUMBERS] [to TARGETS] [from DATE] [for N months], or the name of a
    shipped one (pause-ends), with dates of its own if you like: "pause-ends from 2028". Kinds: ban, importban, quota,
    licence, duty, importduty, floor, offtake, moratorium, loss, release, techban, subsidy. Join several with " + ".

    Example: gadolin stress malaysia --shock "ban CHN oxide Dy,Tb to USA,JPN from 2027 for 12 months"
    """
    from gadolin import case
    from gadolin.market import shorthand
    from gadolin.market.plant_measures import BuildSubsidy
    from gadolin.market.sentences import title_of
    from gadolin.market.years import Choices
    from gadolin.risk.stresses import stress as run

    measures = tuple(m for text in shocks for m in shorthand.named(text))
    loaded = case.load(case_name, as_of=as_of)
    drawn = loaded.inputs.futures_of(futures, seed)
    worlds, who = loaded.inputs.worlds_of(drawn, year), loaded.inputs.region_of()
    progress = Progress("groups of futures", quiet=out.quiet)
    first = next(iter(worlds.values()))
    waiting = loaded.inputs.waiting_of(first) if any(isinstance(m, BuildSubsidy) for m in measures) else ()
    plants = Choices(builds=(*loaded.inputs.builds_of(first), *waiting))
    names = {str(code): str(name) for code, name in loaded.table("countries")["name"].items()}
    title = title_of(" + ".join(shocks), names)
    out.show(run(worlds, measures, drawn, who, plants, workers, seed, resume, title, progress))


COMMANDS = (market, stress)
