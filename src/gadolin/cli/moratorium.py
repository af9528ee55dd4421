"""`gadolin moratorium`: check consignments, keep permits, balance returns, look for leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gadolin.cli.options import NO, Output, Progress, output_options, seed_option


@click.group()
def moratorium() -> None:
    """May this consignment leave? Does raw ore leave although it may not?

    Example: gadolin moratorium check declarations.csv --json
    """


def _switches(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for setting in given:
        name, mark, value = setting.partition("=")
        if not mark:
            raise click.BadParameter(f'"{setting}" is not NAME=VALUE, e.g. mixed_oxide=raw')
        found[name] = value
    return found


@moratorium.command()
@click.argument("file", type=click.Path())
@click.option("--rules", "case_name", metavar="CASE", default="malaysia", show_default=True, help="Case whose rules.")
@click.option("--on", metavar="DATE", help="Judge by the rules of that day (2024-01-31); default: each one's own date.")
@click.option(
    "--book",
    "--permits",
    "permits",
    type=click.Path(),
    metavar="LEDGER",
    help="Ledger (SQLite) or JSON of permits; it is read, not changed.",
)
@click.option("--records", type=click.Path(), help="JSON by exporter: feed_origin, state_of_origin, documents on file.")
@click.option("--switch", "switches", multiple=True, callback=_switches, metavar="NAME=VALUE", help="Contested point.")
@click.option(
    "--jurisdiction", metavar="ISO3", help="Exporting state where a row does not name it; default: the case's."
)
@click.option("--column", "columns", multiple=True, callback=_switches, metavar="HEADING=FIELD",
              help="A heading of the file's own and the field it fills, e.g. 'Mass out=net'.")  # fmt: skip
@click.option("--rank", "most", type=click.IntRange(1), metavar="N", help="Only the N to inspect first, and why.")
@click.option("--lang", "--language", "language", type=click.Choice(["en", "ms"]), default="en", show_default=True,
              help="Of verdicts, questions and notes.")  # fmt: skip
@click.option("--jsonl", is_flag=True, help="One JSON line for each declaration, streaming.")
@click.option("--workers", type=click.IntRange(1), help="Processes for a long file; default: cores.")
@output_options
def check(
    file: str,
    case_name: str,
    on: str | None,
    permits: str | None,
    records: str | None,
    switches: dict[str, str],
    jurisdiction: str | None,
    columns: dict[str, str],
    most: int | None,
    language: str,
    jsonl: bool,
    workers: int | None,
    out: Output,
) -> None:
    """Judge every declaration of FILE (CSV, XLSX, JSON, JSONL) by the rules of its day.

    Exit code 3 if any is held or may not leave. A long file is streamed and gets one line for each declaration.

    Example: gadolin moratorium check declarations.csv --on 2026-02-14 --rank 5
    """
    import os
    from dataclasses import replace

    from gadolin.moratorium import office, stream
    from gadolin.moratorium.rank import rank

    desk = office.open_desk(file, case_name, on, permits, records, switches, jurisdiction, columns)
    if jsonl or (most is None and _longer_than(Path(file), office.FULL_ROWS)):
        outcome = stream.check_file(
            desk.file,
            desk.rules,
            desk.permits,
            desk.on,
            desk.prices,
            click.echo if jsonl else None,
            workers or os.cpu_count() or 1,
            progress=Progress("declarations", out.quiet or not jsonl),
            language=language,
        )
        if jsonl:
            out.note(str(outcome))
            if not outcome.ok:
                click.get_current_context().exit(NO)
            return
        out.show(outcome, ok=outcome.ok)
        return
    report = desk.check()
    ranked = rank(report.verdicts, most) if most is not None else ()
    out.show(replace(report, language=language, ranked=ranked), ok=report.checked.ok)


def _longer_than(path: Path, rows: int) -> bool:
    """Whether a file holds more rows than get full verdicts; a workbook is guessed from its size."""
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsb", ".ods"):
        return path.stat().st_size > 60 * rows
    with path.open("rb") as lines:
        return any(i > rows for i, _ in enumerate(lines))


@moratorium.group()
def permits() -> None:
    """Keep an append-only ledger of permits that cannot be overdrawn."""


def _receipt(out: Output, receipt: Any) -> None:
    out.show(receipt, ok=receipt.accepted)


@permits.command()
@click.argument("ledger", type=click.Path(dir_okay=False))
@click.argument("permit")
@click.option("--kind", default="pilot_approval", show_default=True, help="What it is.")
@click.option("--holder", required=True, help="Exporter it is given to.")
@click.option("--limit", required=True, help="Tonnes allowed, a decimal number.")
@click.option("--basis", required=True, help="net_as_received, net_dry, reo or element:SYMBOL.")
@click.option("--hs6", help="Tariff code, six digits.")
@click.option("--state", help="State it is limited to.")
@click.option("--from", "valid_from", metavar="DATE", help="First day.")
@click.option("--to", "valid_to", metavar="DATE", help="Last day, inside.")
@click.option("--message", required=True, help="Id of this message; counts once.")
@output_options
def grant(ledger: str, permit: str, message: str, out: Output, **terms: str | None) -> None:
    """Enter PERMIT with its terms into LEDGER (made if there is none).

    Example: gadolin moratorium permits grant book.sqlite P-1 --holder A --limit 500 --basis reo --message g-1
    """
    from gadolin.moratorium.permits import PermitLedger
    from gadolin.moratorium.terms import Permit

    given = Permit.from_dict(permit, terms)
    with PermitLedger(ledger) as book:
        _receipt(out, book.grant(given, message))


def _booking(name: str, about: str) -> click.Command:
    @click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
    @click.argument("permit")
    @click.argument("tonnes")
    @click.option("--message", required=True, help="Id of this message; counts once.")
    @click.option("--reference", default="", help="Declaration.")
    @output_options
    def book(ledger: str, permit: str, tonnes: str, message: str, reference: str, out: Output) -> None:
        from gadolin.moratorium.permits import PermitLedger

        with PermitLedger(ledger, existing=True) as kept:
            _receipt(out, getattr(kept, name)(permit, tonnes, message, reference))

    book.__doc__ = f"""{about}

    Exit code 3 when more is asked than is left; the attempt is logged.

    Example: gadolin moratorium permits {name} book.sqlite P-1 19.9 --message m-7 --reference B18-0002
    """
    return permits.command(name)(book)


_booking("reserve", "Set TONNES of PERMIT aside for a declaration.")
_booking("draw", "Book TONNES of PERMIT that have left.")


def _settling(name: str, about: str) -> click.Command:
    @click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
    @click.argument("reservation")
    @click.option("--tonnes", help="A part of it; default: all that is open.")
    @click.option("--message", required=True, help="Id of this message; counts once.")
    @output_options
    def settle(ledger: str, reservation: str, tonnes: str | None, message: str, out: Output) -> None:
        from gadolin.moratorium.permits import PermitLedger

        with PermitLedger(ledger, existing=True) as kept:
            _receipt(out, getattr(kept, name)(reservation, message, tonnes))

    settle.__doc__ = f"""{about}

    Example: gadolin moratorium permits {name} book.sqlite m-7 --message m-8
    """
    return permits.command(name)(settle)


_settling("commit", "Turn RESERVATION (its message id) into tonnes that have left.")
_settling("release", "Give RESERVATION (its message id) back.")


@permits.command()
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
@click.argument("operator")
@click.option("--message", required=True, help="Id of this message; counts once.")
@output_options
def pilot(ledger: str, operator: str, message: str, out: Output) -> None:
    """Enter OPERATOR as the one who runs the pilot.

    Example: gadolin moratorium permits pilot book.sqlite "Exporter A" --message p-1
    """
    from gadolin.moratorium.permits import PermitLedger

    with PermitLedger(ledger, existing=True) as book:
        _receipt(out, book.name_pilot(operator, message))


@permits.command()
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
@output_options
def show(ledger: str, out: Output) -> None:
    """Show what is granted, reserved, out and left on every permit.

    Example: gadolin moratorium permits show book.sqlite --json
    """
    from gadolin.moratorium.permits import PermitLedger

    with PermitLedger(ledger, existing=True) as book:
        rows, head = book.balances(), book.head
    if out.as_json:
        out.show({"permits": rows, "head": head})
        return
    lines = [
        f"{r['permit']}: {r['left_t']} t left of {r['limit_t']} t ({r['basis']}), {r['reserved_t']} t reserved, "
        f"{r['committed_t']} t out; held by {r['holder']}, {'to ' + r['valid_to'] if r['valid_to'] else 'without end'}"
        for r in rows
    ]
    out.show("\n".join([*lines, f"head {head}"]))


@permits.command()
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
@click.option("--head", help="Hash kept elsewhere that the chain must contain.")
@output_options
def verify(ledger: str, head: str | None, out: Output) -> None:
    """Recompute every hash, link and balance of LEDGER; exit code 3 if the chain is broken.

    Example: gadolin moratorium permits verify book.sqlite
    """
    from gadolin.moratorium.permits import PermitLedger

    with PermitLedger(ledger, existing=True) as book:
        found = book.verify(head)
    out.show(found, ok=found.ok)


@permits.command()
@click.argument("ledger", type=click.Path(exists=True, dir_okay=False))
@click.argument("permit", required=False)
def entries(ledger: str, permit: str | None) -> None:
    """Print the entries of LEDGER, of one PERMIT or all, one JSON line each.

    Example: gadolin moratorium permits entries book.sqlite P-1
    """
    from gadolin.moratorium.permits import PermitLedger

    with PermitLedger(ledger, existing=True) as book:
        for entry in book.entries(permit):
            click.echo(json.dumps(entry.as_dict(), ensure_ascii=False))


@moratorium.command()
@click.argument("case_name", metavar="CASE")
@click.option("--partner", default="CHN", show_default=True, help="Importer, ISO3.")
@click.option("--exporter", default="MYS", show_default=True, help="Exporter, ISO3.")
@click.option("--year", "years", type=int, multiple=True, help="Year; may be given again. Default: the last eight.")
@click.option("--file", "files", type=click.Path(), multiple=True, help="Trade statistics of either side.")
@click.option("--column", "columns", multiple=True, callback=_switches, metavar="NAME=FIELD",
              help="Column of a sheet with title lines: code, country, unit, quantity, weight_t, weight_kg, value, "
              "period, flow or goods.")  # fmt: skip
@click.option("--separator-output", "outputs", multiple=True, callback=_switches, metavar="YEAR=T_REO",
              help="REO made by the licensed separators in a year; default: the case's.")  # fmt: skip
@click.option("--permitted-raw", "permitted", multiple=True, callback=_switches, metavar="YEAR=T_GROSS",
              help="Raw goods that permits let go in a year; default: the case's.")  # fmt: skip
@seed_option
@output_options
def leaks(
    case_name: str,
    partner: str,
    exporter: str,
    years: tuple[int, ...],
    files: tuple[str, ...],
    columns: dict[str, str],
    outputs: dict[str, str],
    permitted: dict[str, str],
    seed: int,
    out: Output,
) -> None:
    """Look in trade data for raw goods that permits and licensed output do not explain.

    Exit code 3 if a year is flagged. A flag never says "illegal"; the legal explanations are listed.

    Example: gadolin moratorium leaks malaysia --partner CHN --separator-output 2023=13998
    """
    from dataclasses import replace

    from gadolin import case
    from gadolin.atlas.formats import read_trade
    from gadolin.errors import Fault, InputError
    from gadolin.moratorium.leaks import Licensed
    from gadolin.moratorium.mass_balance import licensed_of
    from gadolin.moratorium.watch import watch

    def number(given: dict[str, str], year: str) -> float | None:
        try:
            return float(given[year]) if year in given else None
        except ValueError:
            raise InputError(Fault("must be a number", field=year, value=given[year])) from None

    known = case.load(case_name)
    licensed = licensed_of(known, exporter)
    for year in sorted({*outputs, *permitted}):
        if not year.isdigit():
            raise InputError(Fault("must be a year", value=year))
        had = licensed.get(int(year)) or Licensed()
        output, raw = number(outputs, year), number(permitted, year)
        licensed[int(year)] = replace(
            had,
            separator_output_t_reo=had.separator_output_t_reo if output is None else output,
            permitted_raw_t_gross=had.permitted_raw_t_gross if raw is None else raw,
        )
    read = [read_trade(file, columns) for file in files]
    report = watch(known, partner, exporter, years or None, licensed, read, seed)
    out.show(report, ok=report.clean)


@moratorium.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--sites", required=True, type=click.Path(exists=True, dir_okay=False), help="Register of sites.")
@click.option("--book", "--permits", "permits", type=click.Path(), metavar="LEDGER",
              help="Ledger or JSON of permits on REO, held against capacity by holder.")  # fmt: skip
@click.option("--exports", type=click.Path(), help="What customs let go, by site and month (exported_t_reo).")
@output_options
def returns(file: str, sites: str, permits: str | None, exports: str | None, out: Output) -> None:
    """Balance the operators' monthly returns in FILE: output against input, neighbours, stocks, capacity.

    Files are CSV, XLSX, JSON or JSONL. Exit code 3 if anything alarms.

    Example: gadolin moratorium returns returns.csv --sites sites.csv --json
    """
    from gadolin.moratorium import office
    from gadolin.moratorium.return_files import read_exports, read_returns, read_sites
    from gadolin.moratorium.returns import balance

    noted: list[str] = []
    register = read_sites(sites, noted)
    permitted = office.permitted_by_site(permits, register) if permits is not None else None
    customs = read_exports(exports, noted) if exports is not None else None
    found = balance(read_returns(file, noted), register, customs, permitted)
    for note in noted:
        out.note(note)
    out.show(found, ok=found.ok)


COMMANDS = (moratorium,)
