"""Recalculate a workbook with the `formulas` library and print the wanted cells as JSON.

Run with an interpreter that has it, for it is no dependency of Gadolin:

    python recalculate.py book.xlsx "Cash flow" C70 C71
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    import formulas

    file, sheet, cells = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    names = {cell: f"'[{file.name}]{sheet.upper()}'!{cell}" for cell in cells}
    model = formulas.ExcelModel().loads(str(file)).finish()
    solution = model.calculate(outputs=list(names.values()))
    print(json.dumps({cell: float(solution[name].value[0, 0]) for cell, name in names.items()}))


if __name__ == "__main__":
    main()
