"""Gadolin: what a country with rare-earth deposits builds, with whom and under which rules.

Rooms load on first use, so that `import gadolin` stays light:

>>> import gadolin
>>> gadolin.elements.ELEMENTS[:3]
('Y', 'La', 'Ce')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ROOMS = (
    "atlas",
    "brief",
    "case",
    "deals",
    "economics",
    "elements",
    "errors",
    "fanout",
    "figures",
    "market",
    "money",
    "moratorium",
    "plant",
    "position",
    "quantity",
    "risk",
    "runs",
    "separation",
    "stages",
    "strategy",
    "tables",
    "testing",
    "units",
    "validation",
)

if TYPE_CHECKING:
    from gadolin import elements, errors, plant, quantity, stages, units  # noqa: F401  (for type checkers only)

__all__ = ["__version__"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"gadolin.{name}")
    raise AttributeError(f"module 'gadolin' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
