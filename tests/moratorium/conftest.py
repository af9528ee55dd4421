import json
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from gadolin.moratorium import Rules

CASES = Path(str(resources.files("gadolin.validation") / "cases"))
SAMPLES = CASES / "trade_samples"


@pytest.fixture(scope="session")
def rules() -> Rules:
    frame = pd.read_csv(Path(__file__).parent / "data" / "export_rules.csv", dtype=str, keep_default_na=False)
    return Rules.from_frame(frame)


@pytest.fixture(scope="session")
def document():
    return json.loads((CASES / "consignment_cases.json").read_text("utf-8"), parse_float=Decimal)
