"""`gadolin risk`: who can hurt whom, at which stage."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, as_of_option, output_options


@click.command()
@click.argument("case_name", metavar="CASE")
@click.option("--country", default=None, metavar="REGION", help="Whose loss; default: the country of the case.")
@click.option("--exports-only", is_flag=True, help="The actor stops exporting and goes on for itself.")
@click.option("--leverage", default=None, metavar="ACTOR", help="Instead: what export cuts pay ACTOR and cost others.")
@click.option("--clay", default="xinfeng", show_default=True, help="Vector of the ion clays: xinfeng, xunwu, longnan.")
@as_of_option
@output_options
def risk(
    case_name: str,
    country: str | None,
    exports_only: bool,
    leverage: str | None,
    clay: str,
    as_of: str | None,
    out: Output,
) -> None:
    """Loss when one actor stops at one stage, for every actor and stage (choke rank), or a table of leverage.

    Example: gadolin risk malaysia --country JPN --exports-only
    """
    from gadolin import case
    from gadolin.market.leader import payoffs
    from gadolin.risk.shocks import choke_rank

    loaded = case.load(case_name, as_of=as_of)
    world = loaded.inputs.world_of(clay=clay)
    if leverage is not None:
        targets = ((), ("JPN",), ("USA",), ("EUU", "JPN", "KOR", "USA"))
        aimed = tuple(t for t in targets if leverage not in t)
        out.show(payoffs(world, leverage, targets=aimed, depths=(0.5, 1.0)))
        return
    out.show(choke_rank(world, country or loaded.country, exports_only=exports_only))


COMMANDS = (risk,)
