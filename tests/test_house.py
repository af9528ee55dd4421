"""The rules of the house: floors, front doors, units in names, one command per doc."""

import ast
import dataclasses
import importlib
import pkgutil
from pathlib import Path

import pytest

import gadolin
from gadolin.atlas.schema import TABLES
from gadolin.columns import Number
from gadolin.units import DIMENSIONLESS, unit_of

PACKAGE = Path(gadolin.__file__).parent
GROUND = ["errors", "stages", "elements", "units", "row_units", "quantity", "money", "plant", "columns", "sheets",
          "tables", "runs", "kept", "fanout", "testing"]  # fmt: skip
FLOORS = [
    ["atlas", "separation", "economics", "market"],
    ["case", "risk"],
    ["position", "strategy"],
    ["deals", "moratorium"],
    ["figures"],
    ["brief", "validation"],
    ["workspace"],
    ["cli"],
]
# the command starts `brief.run`; validation and benchmarks stand beside it
SAME_FLOOR: set[tuple[str, str]] = set()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of ours that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "gadolin":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("gadolin.")}
    return found


def floor_of(room: str) -> int:
    if room in GROUND:
        return 0
    return 1 + next(i for i, rooms in enumerate(FLOORS) if room in rooms)


SOURCES = sorted(PACKAGE.rglob("*.py"))
LOOSE = {"__init__", "__main__", "__version__"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_lower_floors(path):
    room = room_of(path)
    if room in LOOSE:
        return
    for other in imports(path) - LOOSE - {room}:
        if floor_of(room) == 0:
            assert other in GROUND[: GROUND.index(room)], f"{room} imports {other}, which is not before it"
        else:
            assert floor_of(other) < floor_of(room), f"{room} (floor {floor_of(room)}) imports {other}"


@pytest.mark.parametrize("room", ["separation", "economics", "market", "risk"])
def test_models_know_no_data(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert not imports(path) & {"atlas", "case"}, f"{path.name} knows data"
        calls = {n.func.id for n in ast.walk(ast.parse(path.read_text("utf-8")))
                 if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}  # fmt: skip
        assert "open" not in calls, f"{path.name} opens a file"


def public_modules():
    for info in pkgutil.walk_packages([str(PACKAGE)], "gadolin."):
        if "__main__" not in info.name and "workspace" not in info.name:
            yield info.name


@pytest.mark.parametrize("name", list(public_modules()))
def test_front_doors(name):
    """`__all__` is sorted, and everything in it exists; every module says what it is for."""
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip(), f"{name} has no first sentence"
    names = getattr(module, "__all__", [])
    assert all(hasattr(module, n) for n in names)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", list(public_modules()))
def test_numbers_carry_units(name):
    """A float field of a public dataclass, or a numeric column, ends in a unit."""
    module = importlib.import_module(name)
    for thing in vars(module).values():
        if not (isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__ == name):
            continue
        if thing.__name__.startswith("_"):
            continue
        for field in dataclasses.fields(thing):
            if str(field.type) in {"float", "float | None"} and not field.name.startswith("_"):
                said = getattr(module, "UNITS", {})
                assert named(field.name) or f"{thing.__name__}.{field.name}" in said, (
                    f"{name}.{thing.__name__}.{field.name} is a number without a unit; end it in a suffix of units.py, "
                    "or state its unit in the module's UNITS = {'Class.field': 'unit'} where no name can carry it"
                )


def named(name: str) -> bool:
    return name in DIMENSIONLESS or unit_of(name) is not None


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_columns_carry_units(table):
    for column in table.columns:
        if isinstance(column, Number):
            assert column.unit is not None or column.name in DIMENSIONLESS, f"{table.name}.{column.name} has no unit"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_files_fit_on_a_few_screens(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 600, f"{lines} lines; split it by concept"
