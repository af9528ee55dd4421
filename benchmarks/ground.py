"""Rows of the ground: what a user waits for before a model runs, and the index that another program also computes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.rows import Row
from gadolin.tables import Key, Number, RowId, Table, Year

TEN_MILLION = 10_000_000
FLOWS = Table(
    "flows",
    about="Trade-like rows, made up for the benchmark.",
    columns=(
        RowId(),
        Year("year"),
        Key("exporter_iso3", table="countries"),
        Key("importer_iso3", table="countries"),
        Number("value_kusd", at_least=0),
        Number("quantity_t_gross", at_least=0, missing="not reported"),
    ),
)
ENTITIES = ("AUS", "CHN", "DEU", "EUU", "FRA", "GBR", "IND", "JPN", "KOR", "MYS", "THA", "USA", "VNM")


def _write_flows() -> Path:
    """A file of 10 million rows in a new temporary folder; removed after it was read."""
    path = Path(tempfile.mkdtemp(prefix="gadolin-benchmark-")) / "flows.csv"
    block = "".join(f"%d-{i},{1995 + i % 30},CHN,MYS,{i}.5,{i % 97 or ''}\n" for i in range(100_000))
    with path.open("w", encoding="utf-8") as file:
        file.write("row_id,year,exporter_iso3,importer_iso3,value_kusd,quantity_t_gross\n")
        for number in range(TEN_MILLION // 100_000):
            file.write(block.replace("%d", str(number)))
    return path


def _read_flows(path: Path) -> None:
    """Stream, check every cell, count."""
    rows = sum(len(frame) for frame in FLOWS.stream(path))
    path.unlink()
    path.parent.rmdir()
    assert rows == TEN_MILLION, f"{rows} rows read"


def _read_atlas() -> None:
    """Every table, in a process that has read none; what is kept between calls is dropped first."""
    from gadolin.atlas import read

    read._shipped.cache_clear()
    read.all_tables()


def _position() -> None:
    from gadolin import case
    from gadolin.position import position

    position(case.load("malaysia"))


def _scores() -> tuple:
    """Inputs of 13 entities over 7 years: 91 scores."""
    from gadolin import atlas, case
    from gadolin.position.dependence import geopolrisk_inputs

    countries = atlas.table("countries")
    trade, production, governance = geopolrisk_inputs(case.load("MYS"))
    entities = {code: list(countries.at[code, "members"]) or [code] for code in ENTITIES}
    return trade, production, governance, entities


def _geopolrisk(inputs: tuple) -> None:
    from gadolin.risk import geopolrisk

    found = geopolrisk(*inputs)
    assert len(found) == 91, f"{len(found)} scores"


ROWS = (
    Row("import", goal_s=0.1, command=("-c", "import gadolin"), minus=("-c", "pass"), peer="geopolrisk_import"),
    Row("help", goal_s=0.3, command=("-m", "gadolin", "--help")),
    Row("read_atlas", goal_s=0.4, run=_read_atlas),
    Row("read_10m_rows", goal_s=60.0, prepare=_write_flows, run=_read_flows, repeats=1),
    Row("position", goal_s=2.0, run=_position),
    Row("geopolrisk_91", goal_s=0.5, prepare=_scores, run=_geopolrisk, peer="geopolrisk_91"),
)
