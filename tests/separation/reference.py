"""The shipped reference cases by id."""

import functools
import json
from importlib import resources


@functools.cache
def case(name):
    folder = resources.files("gadolin.validation") / "cases"
    for file in ("sx_validation_cases.json", "sx_reference_cases.json"):
        for one in json.loads((folder / file).read_text("utf-8"))["cases"]:
            if one["id"] == name:
                return one
    raise KeyError(name)
