"""`gadolin plant`: what a candidate plant costs and whether it pays. `gadolin review`: what a study gets wrong."""

from __future__ import annotations

import click

from gadolin.cli.options import Output, output_options, seed_option


@click.command()
@click.argument("case_name", metavar="CASE")
@click.argument("plant_id", metavar="PLANT")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set an input or a setting, e.g. --set price:NdPr=110 --set loan.capex_share=0.6; repeatable.",
)
@click.option("--design", metavar="EXTRACTANT", help="Price a separation plant from its designed equipment, e.g. P507.")
@click.option(
    "--incentive", "incentives", multiple=True, metavar="ID", help="Use an incentive, e.g. IN-10; repeatable."
)
@click.option("--on", "day", metavar="DATE", help="Day on which incentives are applied for, as 2026-03-01.")
@click.option("--draws", type=click.IntRange(1), default=2000, show_default=True, help="How many draws.")
@seed_option
@click.option(
    "--break-even",
    "asked",
    multiple=True,
    metavar="KEY",
    help="Find the value of an input at which the company's NPV is zero; repeatable. The five main ones if left out.",
)
@click.option("--compare-incentives", is_flag=True, help="Show what each open incentive costs and changes instead.")
@click.option("--xlsx", type=click.Path(dir_okay=False), help="Write the cash flow as a workbook with live formulas.")
@output_options
def plant(
    case_name: str,
    plant_id: str,
    changes: tuple[str, ...],
    design: str | None,
    incentives: tuple[str, ...],
    day: str | None,
    draws: int,
    seed: int,
    asked: tuple[str, ...],
    compare_incentives: bool,
    xlsx: str | None,
    out: Output,
) -> None:
    """Cost a candidate plant of CASE and judge it for company, federal and state.

    Prints capital, running cost and NPV with ranges, then every input with its range, basis and ref. --set takes the
    keys of that list, and those of finance, floors, price formulas and tax that the concept page names.

    Example: gadolin plant malaysia kuantan-toll
    """
    from dataclasses import replace

    from gadolin import case
    from gadolin.brief import cash_workbook, plant_report

    inputs = case.load(case_name).inputs
    given = plant_report.parse_changes(changes)
    if compare_incentives:
        if xlsx or asked or design:
            raise click.UsageError("--compare-incentives does not go with --xlsx, --break-even or --design")
        packages = {name: (name,) for name in incentives} or None
        effects = inputs.incentives_of(plant_id, given, packages, day, draws, seed)
        out.show(plant_report.Comparison(plant_id, "USD", effects, inputs.regime_of().limits))
        return
    if design is not None:
        out.note("Designing the plant, half a minute at most.")
    found = replace(inputs.appraisal_of(plant_id, given, incentives, day, draws, seed, design), asked=asked)
    if xlsx is not None:
        cash_workbook.write(found, xlsx)
    out.show(found if out.as_json else plant_report.text(found))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@output_options
def review(file: str, out: Output) -> None:
    """Read a study's figures and say what does not add up.

    FILE is JSON or TOML with `inputs` and `reported` as in the shipped feasibility cases, one study or a list under
    `cases`. Exit code 3 if a figure is impossible.

    Example: gadolin review study.json
    """
    from gadolin import case
    from gadolin.economics.review import Reviews

    found = Reviews(case.load("malaysia").inputs.review_file(file))
    out.show(found, ok=found.ok)


COMMANDS = (plant, review)
