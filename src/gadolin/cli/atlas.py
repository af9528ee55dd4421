"""`gadolin atlas`: the facts, their fields and sources, checked and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gadolin.cli.options import Output, output_options

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 118


@click.group()
def atlas() -> None:
    """Facts with their sources: look at them, check them, take them away.

    Example: gadolin atlas show deposits --where country_iso3=MYS
    """


@atlas.command()
@output_options
def tables(out: Output) -> None:
    """List every table with its rows and what a row is.

    Example: gadolin atlas tables
    """
    from gadolin.atlas.read import all_tables
    from gadolin.atlas.schema import TABLES

    found = [
        {"table": name, "rows": len(frame), "columns": len(TABLES[name].columns), "about": TABLES[name].about}
        for name, frame in all_tables().items()
    ]
    lines = [f"{r['table']:<24}{r['rows']:>7}  {r['about']}" for r in found]
    out.show({"tables": found} if out.as_json else "\n".join(lines))


@atlas.command()
@click.argument("table")
@click.option("--where", "conditions", multiple=True, metavar="COLUMN=VALUE", help="Only such rows; may repeat.")
@click.option("--fields", is_flag=True, help="The columns instead: kind, unit, what is allowed, what a blank means.")
@output_options
def show(table: str, conditions: tuple[str, ...], fields: bool, out: Output) -> None:
    """Show the rows of TABLE, or its fields. A list matches when it holds the value; blank finds missing cells.

    Example: gadolin atlas show policies --where country_iso3=CHN --where stages=separation
    """
    from gadolin.atlas.read import table as read_table
    from gadolin.atlas.schema import declared

    declaration = declared(table)
    if fields:
        described = declaration.dictionary()
        record = {"table": table, "about": declaration.about, "fields": described.to_dict("records")}
        out.show(record if out.as_json else f"{declaration.about}\n\n{_field_text(described)}")
        return
    frame = _matching(read_table(table), declaration, conditions)
    if out.as_json:
        attrs = {key: frame.attrs.get(key, {}) for key in ("units", "missing")}
        out.show({"table": table, "about": declaration.about, **attrs, "rows": _records(frame)})
    else:
        out.show(_row_text(frame))


@atlas.command()
@output_options
def sources(out: Output) -> None:
    """List every source with its date, address, licence and how many rows rest on it.

    Example: gadolin atlas sources --json
    """
    from gadolin.atlas.read import all_tables

    frames = all_tables()
    used: dict[str, int] = {}
    for frame in frames.values():
        if "source_id" in frame:
            for name, count in frame["source_id"].value_counts().items():
                used[str(name)] = used.get(str(name), 0) + int(count)
    found = [{**record, "used_by_rows": used.get(record["row_id"], 0)} for record in _records(frames["sources"])]
    lines = [f"{r['used_by_rows']:>6}  {r['date'] or 'no date':<11}{r['title']}  {r['url'] or ''}" for r in found]
    out.show({"sources": found} if out.as_json else "\n".join(["  rows  date       title", *lines]))


@atlas.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@output_options
def check(folder: str | None, out: Output) -> None:
    """Check every shipped table, or the tables in FOLDER laid over them. Exit code 3 if a fault is found.

    Example: gadolin atlas check my_case
    """
    from gadolin.atlas.checks import examine

    found = examine(folder)
    out.show(found, ok=not found.faults)


@atlas.command()
@click.option("--to", required=True, type=click.Choice(("xlsx", "csv", "parquet")), help="Kind of file.")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
@output_options
def export(to: str, folder: str, out: Output) -> None:
    """Write every table into DIR, a new or empty folder.

    Example: gadolin atlas export --to xlsx atlas_tables
    """
    from gadolin.atlas.export import export as write_all

    files = sorted(p.name for p in write_all(to, folder).iterdir())
    out.show({"files": files} if out.as_json else f"{len(files)} files: {', '.join(files)}")


def _matching(frame: pd.DataFrame, declaration: Any, conditions: tuple[str, ...]) -> pd.DataFrame:
    """Rows that meet every COLUMN=VALUE; a value is compared as it stands in a file."""
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals:
            raise click.UsageError(f'--where "{condition}" must be COLUMN=VALUE')
        column = declaration.column(name.strip())
        cells = frame.index.to_series() if column.name == "row_id" else frame[column.name]
        wanted = value.strip()
        frame = frame[[_meets(cell, column, wanted) for cell in cells]]
    return frame


def _meets(cell: Any, column: Any, wanted: str) -> bool:
    written = column.write(cell)
    if written == wanted or (isinstance(cell, tuple) and wanted in cell):
        return True
    try:
        return column.kind in ("number", "year") and written != "" and float(written) == float(wanted)
    except ValueError:
        return False


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    import pandas as pd

    names = ["row_id", *frame.columns]
    rows = zip(frame.index, *(frame[c].astype(object) for c in frame.columns), strict=True)
    return [
        {n: list(v) if isinstance(v, tuple) else None if pd.isna(v) else v for n, v in zip(names, row, strict=True)}
        for row in rows
    ]


def _field_text(described: pd.DataFrame) -> str:
    lines = []
    for field in described.itertuples(index=False):
        unit = f" [{field.unit}]" if field.unit else ""
        lines.append(f"{field.column}{unit}  {field.kind}")
        lines += [f"    {label} {text}" for label, text in (("", field.help), ("allowed:", field.allowed)) if text]
        lines.append(f"    blank: {field.blank}")
    return "\n".join(line.replace("     ", "    ") for line in lines)


def _row_text(frame: pd.DataFrame) -> str:
    """A few rows in full, many as a table of the columns that fit."""
    records = _records(frame)
    if len(records) <= 3:
        blocks = []
        for record in records:
            filled = {k: v for k, v in record.items() if v not in (None, [])}
            blocks.append("\n".join(f"{k:<26}{_short(v, 400)}" for k, v in filled.items()))
        return "\n\n".join([*blocks, f"{len(records)} rows"])
    lines = [""] * (len(records) + 1)
    shown = 0
    for name in records[0]:
        cells = [name, *(_short(record[name], 36) for record in records)]
        width = max(map(len, cells))
        if shown and len(lines[0]) + width > WIDTH:
            break
        lines = [f"{line}{cell:<{width}}  " for line, cell in zip(lines, cells, strict=True)]
        shown += 1
    rest = len(records[0]) - shown
    end = f"{len(records)} rows" + (f"; {rest} more columns with --json" if rest else "")
    return "\n".join([*(line.rstrip() for line in lines), end])


def _short(value: Any, limit: int) -> str:
    text = "" if value is None else ";".join(value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


COMMANDS = (atlas,)
