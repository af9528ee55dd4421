"""Write the golden files anew after a change that was looked at: python tests/figures/write_golden.py."""

import json
from pathlib import Path

from gadolin.figures import samples
from gadolin.figures.vega import Vega

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    for name, figure in samples.all_kinds().items():
        if isinstance(figure.marks, Vega):
            spec = figure.marks.full_spec(figure.data, f"fig-{name}", 728)
            (GOLDEN / f"{name}.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
        elif not name.startswith("map"):
            (GOLDEN / f"{name}.svg").write_text(figure.svg() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
