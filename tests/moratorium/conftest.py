import json
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from gadolin import case
from gadolin.moratorium import Rules

CASES = Path(str(resources.files("gadolin.validation") / "cases"))


@pytest.fixture(scope="session")
def malaysia():
    return case.load("malaysia")


@pytest.fixture(scope="session")
def rules(malaysia) -> Rules:
    return Rules.from_frame(malaysia.inputs.rule_rows())


@pytest.fixture(scope="session")
def document():
    return json.loads((CASES / "consignment_cases.json").read_text("utf-8"), parse_float=Decimal)
