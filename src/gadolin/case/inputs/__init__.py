"""The only door from facts to models: one file per model room.

Each file holds public functions whose first argument is the case. `case.inputs.NAME(...)` finds the function of that
name in the files of this folder and hands it the case:

    case.load("malaysia").inputs.feed_of("my_kenering")
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gadolin.errors import did_you_mean

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["Inputs"]


@functools.cache
def _functions() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        for key, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_"):
                found[key] = value
    return found


class Inputs:
    """Inputs of the models, built from a case."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def __getattr__(self, name: str) -> Callable[..., Any]:
        functions = _functions()
        if name.startswith("_") or name not in functions:
            raise AttributeError(f'no input "{name}"{did_you_mean(name, functions)}')
        return functools.partial(functions[name], self._case)

    def __dir__(self) -> list[str]:
        return sorted(_functions())
