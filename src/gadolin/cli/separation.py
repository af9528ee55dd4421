"""`gadolin separate`: the cascade of one cut of an ore; `gadolin flowsheet`: the plant from an ore to oxides."""

from __future__ import annotations

from typing import Any

import click

from gadolin.cli.options import Output, as_of_option, output_options

COMPILES = "Compiling the solver once, 10 to 20 s; it is kept in the cache folder."
RATE_T_REO = 1000.0
EXTRACTANTS = "P507, P204, Cyanex 272, naphthenic acid"


class _Share(click.ParamType):
    """A share of 1, or in percent with its sign."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        percent = str(value).strip().endswith("%")
        try:
            number = float(str(value).replace("%", "", 1) if percent else value)
        except ValueError:
            self.fail(f"'{value}' is no share; write 0.995 or '99.5 %'.", param, ctx)
        return number / 100 if percent else number


SHARE = _Share()

# options of both commands
_scrub_acid = click.option(
    "--scrub-acid",
    "scrub_acid",
    type=float,
    metavar="MOL_PER_L",
    help="Scrub acid, for L2 (default 4); stronger where a heavy element is held fast.",
)
_strip_acid = click.option(
    "--strip-acid",
    "strip_acid",
    type=float,
    metavar="MOL_PER_L",
    help="Strip acid, for L2 (default 5); stronger where the product is held fast.",
)
_factors = click.option(
    "--factors",
    type=click.Choice(["low", "mid", "high"]),
    default="low",
    show_default=True,
    help="End of the factors' ranges; low errs to more stages.",
)
_over_minimum = click.option(
    "--over-minimum",
    "over_minimum",
    type=float,
    default=1.2,
    show_default=True,
    metavar="RATIO",
    help="Organic load over the least, above 1: more load takes fewer stages.",
)
_vector = click.option("--vector", help="Composition of the deposit, where it has several.")


@click.command()
@click.argument("case_name", metavar="CASE")
@click.argument("deposit")
@click.option("--cut", required=True, metavar="A|B", help="Neighbours to part, e.g. 'Nd|Sm'; either order.")
@click.option(
    "--purity",
    type=SHARE,
    default=0.999,
    show_default=True,
    metavar="P",
    help="Share, oxide mass: of both products, or of one with --of.",
)
@click.option("--recovery", type=SHARE, metavar="R", help="Share of its own group that the product of --of holds.")
@click.option(
    "--of", "side", type=click.Choice(["light", "heavy"]), help="The product that purity and recovery are for."
)
@click.option("--extractant", default="P507", show_default=True, help=EXTRACTANTS)
@_factors
@_over_minimum
@_vector
@click.option(
    "--level",
    type=click.Choice(["L1", "L2"]),
    default="L1",
    show_default=True,
    help="L1: constant load. L2: with acid, base and pH.",
)
@_scrub_acid
@_strip_acid
@click.option("--profile", is_flag=True, help="Print the stages, too.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the stages as CSV and nothing else.")
@as_of_option
@output_options
def separate(case_name: str, deposit: str, out: Output, as_of: str | None, **asked: Any) -> None:
    """Size the solvent-extraction cascade for one cut of an ore and solve it.

    Example: gadolin separate malaysia my_kenering --cut 'Pr|Nd' --purity 0.999
    """
    from gadolin import case, separation

    if (asked["recovery"] is None) != (asked["side"] is None):
        raise click.UsageError("--recovery and --of go together: purity and recovery of one product")
    _one_of({"--json": out.as_json, "--csv": asked["as_csv"], "--profile": asked["profile"]})
    acids = [name for name in ("scrub_acid", "strip_acid") if asked[name] is not None]
    if acids and asked["level"] == "L1":
        raise click.UsageError(f"--{acids[0].replace('_', '-')} changes nothing at L1, which knows no acid: --level L2")
    inputs = case.load(case_name, as_of).inputs
    spec = separation.Spec(asked["purity"], asked["recovery"])
    none = separation.Spec()
    light, heavy = {"light": (spec, none), "heavy": (none, spec), None: (spec, spec)}[asked["side"]]
    feed = inputs.feed_of(deposit, asked["vector"])
    system = inputs.system_of(asked["extractant"], asked["factors"])
    _say_if_compiling(out)
    made = separation.design(feed, system, asked["cut"], light, heavy, asked["over_minimum"])
    operation = separation.Operation(**_acids(asked))
    solved = separation.solve(made, asked["level"], operation)
    if asked["as_csv"]:
        click.echo(solved.table().to_csv(lineterminator="\n"), nl=False)
        return
    if out.as_json:
        out.show(made.as_dict() | {"profile": solved.as_dict()})
        return
    out.show(made)
    if asked["level"] == "L2":
        out.show(solved)
    if asked["profile"]:
        out.show(solved.table().to_string(float_format=lambda v: f"{v:.4g}"))


@click.command()
@click.argument("case_name", metavar="CASE")
@click.argument("deposit")
@click.option(
    "--products", required=True, metavar="A,B,...", help="Wanted: NdPr, Dy, Tb, SEG, ...; the rest stays together."
)
@click.option(
    "--extractant",
    "extractants",
    multiple=True,
    default=("P507",),
    show_default=True,
    help="Repeat to let each cut choose; the first sets the order. Naphthenic acid takes out Y.",
)
@_factors
@_over_minimum
@click.option(
    "--practice",
    type=click.Choice(["ion-adsorption clay", "bastnaesite/monazite"]),
    help="A sequence of practice instead of the one of least load.",
)
@click.option("--rate", type=float, metavar="T", help=f"Feed, t REO per year (default {RATE_T_REO:g}, a choice).")
@click.option("--purity", type=SHARE, default=0.995, show_default=True, help="Of every wanted product, oxide mass.")
@click.option("--recovery", type=SHARE, default=0.99, show_default=True, help="Of every wanted product in extraction.")
@click.option(
    "--level",
    type=click.Choice(["L1", "L2"]),
    default="L2",
    show_default=True,
    help="L2: acid, base and water from solved flows. L1: a stated range over what the loads bind.",
)
@click.option("--base", type=click.Choice(["NaOH", "NH3"]), default="NaOH", show_default=True, help="Saponification.")
@_scrub_acid
@_strip_acid
@click.option(
    "--impurity",
    "impurities",
    multiple=True,
    metavar="X=KG[:LOW-HIGH]",
    help="Al, Ca, Fe, Th or U in the feed, kg per t REO, e.g. Th=0.2:0.1-0.4. Repeat.",
)
@click.option(
    "--to-residue",
    "splits",
    multiple=True,
    metavar="X=SHARE[:LOW-HIGH]",
    help="Share of an impurity that purification sends to the residue. Repeat.",
)
@click.option(
    "--mixer-kw-per-m3", "mixer_power", type=float, help="Power of the mixers; else no electricity is counted."
)
@_vector
@click.option("--csv", "as_csv", is_flag=True, help="Print the stream table as CSV and nothing else.")
@click.option("--profiles", is_flag=True, help="Print the stages of all cuts as CSV and nothing else.")
@click.option("--figure", "figure_file", type=click.Path(dir_okay=False), help="Write the flowsheet to this SVG.")
@as_of_option
@output_options
def flowsheet(case_name: str, deposit: str, out: Output, as_of: str | None, **asked: Any) -> None:
    """Find the sequence of cuts from an ore to wanted oxides, and design its plant.

    Example: gadolin flowsheet malaysia my_kenering --products NdPr,Dy,Tb --figure plant.svg
    """
    from gadolin import case, separation

    _one_of({"--json": out.as_json, "--csv": asked["as_csv"], "--profiles": asked["profiles"]})
    inputs = case.load(case_name, as_of).inputs
    rate = RATE_T_REO if asked["rate"] is None else asked["rate"]
    feed = inputs.feed_of(deposit, asked["vector"], rate)
    systems = [inputs.system_of(name, asked["factors"]) for name in asked["extractants"]]
    products = [p.strip() for p in asked["products"].split(",") if p.strip()]
    practice = inputs.practice_of(asked["impurities"], asked["splits"], asked["mixer_power"])
    _say_if_compiling(out)
    plan = separation.sequence(feed, systems, products, asked["over_minimum"], asked["practice"])
    operation = separation.Operation(base=asked["base"], **_acids(asked))
    made = separation.flowsheet(plan, operation, practice, asked["purity"], asked["recovery"], asked["level"])
    if asked["figure_file"]:
        from gadolin.figures.separation import flowsheet_figure

        with open(asked["figure_file"], "w", encoding="utf-8") as file:
            file.write(flowsheet_figure(made).svg())
    if asked["as_csv"] or asked["profiles"]:
        frame = made.streams() if asked["as_csv"] else made.profiles()
        click.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
        return
    out.show(made)
    if not out.as_json:
        out.show(_plain_tables(made))


def _one_of(flags: dict[str, bool]) -> None:
    """Refuse two answers at once."""
    given = [name for name, is_set in flags.items() if is_set]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} are different answers: give one of them")


def _acids(asked: dict[str, Any]) -> dict[str, Any]:
    """The acids that were given, by their names in `Operation`."""
    return {f"{name}_mol_per_l": asked[name] for name in ("scrub_acid", "strip_acid") if asked[name] is not None}


def _plain_tables(made: Any) -> str:
    """Cuts, bill, what research buys, and notes under the report."""
    cuts = made.table()[["cut", "extractant", "extraction_stages", "scrub_stages", "real_stages", "real_stages_low",
                         "real_stages_high", "load_mol_per_mol", "stage_m3"]]  # fmt: skip
    bill = made.bill()[["item", "unit", "value", "low", "high", "per_t_reo_value", "basis"]]
    better = made.research().drop(columns=["least_load_mol_per_mol", "acid_and_base"])
    parts = [cuts.to_string(index=False, float_format=lambda v: f"{v:.3g}"),
             bill.to_string(index=False, float_format=lambda v: f"{v:,.3g}"),
             "What research buys at the cut that limits, per 0.05 of beta (tonnes per t REO fed to the plant):\n"
             + better.to_string(index=False, float_format=lambda v: f"{v:.3g}")]  # fmt: skip
    return "\n" + "\n\n".join([*parts, "\n".join(f"note  {note}" for note in made.notes)])


def _say_if_compiling(out: Output) -> None:
    """The first separation on a machine compiles the kernels; say so, since it takes longer than the answer."""
    from gadolin.runs import cache_root

    folder = cache_root() / "kernels"
    if not folder.exists() or not any(folder.iterdir()):
        out.note(COMPILES)


COMMANDS = (separate, flowsheet)
