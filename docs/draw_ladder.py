"""Draw the ladder of Malaysia for README and front page: python docs/draw_ladder.py."""

from pathlib import Path

import pandas as pd

from gadolin import case
from gadolin.figures import Figure, Ladder
from gadolin.position import position

FILE = Path(__file__).parent / "_static" / "ladder-malaysia.svg"
STATUS = {
    "own": "operating",
    "foreign": "operating",
    "output": "not known",
    "construction": "building",
    "planned": "planned",
    "missing": "none",
}


def ladder(country: str = "malaysia") -> Figure:
    """The capability ladder of a country, from its position."""
    where = position(case.load(country))
    rows = [
        {"stage": r.title, "status": STATUS[r.state], "label": r.gap.text, "basis": r.gap.basis}
        for r in where.ladder.rungs
    ]
    refs = tuple(dict.fromkeys(ref for r in where.ladder.rungs for ref in r.gap.refs))
    missing = [r.title.lower() for r in where.ladder.rungs if r.state == "missing"]
    finding = f"{where.country_name} separates rare earths in a plant owned abroad, and has no {', no '.join(missing)}"
    unit = "status per stage; a gap is a stage without any facility on record"
    source = "the facilities table of the atlas, each row with its own source"
    return Figure("ladder-malaysia", finding, unit, pd.DataFrame(rows), Ladder(), refs, source)


def main() -> None:
    """Write the picture."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(ladder().svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
