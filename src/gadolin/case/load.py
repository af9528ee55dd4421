"""A case: a country's folder laid over the atlas, as it was known on a date.

A folder holds `case.toml` and tables named like the atlas's (CSV or XLSX, same columns) whose rows add to it or
override it by row id. A row equal to the atlas's is the atlas's; a differing cell is listed in `overridden` with both
values. Without a folder, an ISO3 code gives the bare atlas view of that country.
"""

from __future__ import annotations

import functools
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from gadolin import atlas, runs
from gadolin.atlas import read
from gadolin.atlas.schema import TABLES, declared
from gadolin.case.inputs import Inputs
from gadolin.case.schema import CaseFile, General, Given, read_record
from gadolin.case.toml_lines import line_of, lines_of
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.why import Reason

__all__ = ["Case", "Override", "load", "shipped", "unpacked"]

Derived = TypeVar("Derived")


@dataclass(frozen=True)
class Override:
    """A cell in which a case differs from the atlas.

    Args:
        ref: Ref of the case's cell (`CASE/TABLE:ROW_ID:COLUMN`).
        atlas_value: What the atlas holds; None for a new row.
        case_value: What the case holds.
    """

    ref: str
    atlas_value: Any
    case_value: Any

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"ref": self.ref, "atlas": _json(self.atlas_value), "case": _json(self.case_value)}


@dataclass(frozen=True)
class Case:
    """A loaded case.

    Args:
        name: Shipped name, folder name or ISO3 code.
        settings: `case.toml`.
        folder: Its folder; None for the bare atlas view.
        as_of: Date to which tables are cut; None for all that is known.
    """

    name: str
    settings: CaseFile
    folder: Path | None = None
    as_of: str | None = None
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False, hash=False)

    @property
    def country(self) -> str:
        """ISO3 code."""
        return self.settings.case.country

    @property
    def data_date(self) -> str:
        """Date at which rules are read when none is asked for: `as_of`, else the day of the newest publication."""
        if self.as_of is not None:
            return self.as_of
        published = self.table("sources")
        dates = published.loc[published["url"].notna(), "date"].dropna()  # what we derived ourselves has no address
        return str(dates[dates.str.len() == 10].max())

    @property
    def inputs(self) -> Inputs:
        """Inputs of the models: `case.inputs.feed_of(...)`."""
        return Inputs(self)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the atlas with the case's rows laid over it, cut to `as_of`. Not to be changed in place.

        Raises:
            InputError: No such table; faults in the case's own file.
        """
        if name not in self._cache:
            frame = self._laid_over(name)
            if self.as_of is not None:
                frame = read.cut(frame, declared(name), self.as_of, self._laid_over("sources"))
            self._cache[name] = frame
        return self._cache[name]

    def is_atlas(self, name: str) -> bool:
        """Whether a table is the atlas's as it stands: the case has no file of it and no `as_of`."""
        return self.as_of is None and self._file(name) is None

    def _laid_over(self, name: str) -> pd.DataFrame:
        own = self._own(name)
        base = atlas.table(name)
        if own is None:
            return base
        kept = base.drop(index=base.index.intersection(own.index))
        return declared(name).finish(pd.concat([kept, own]))

    def _own(self, name: str) -> pd.DataFrame | None:
        """Rows of the case's own file that differ from the atlas."""
        key = f"own {name}"
        if key not in self._cache:
            declaration = declared(name)
            file = self._file(name)
            frame = None if file is None else declaration.read(file)
            if frame is not None:
                base = atlas.table(name)
                same = [i for i in frame.index if i in base.index and _equal(frame.loc[i], base.loc[i])]
                frame = frame.drop(index=same)
            self._cache[key] = None if frame is None or frame.empty else frame
        return self._cache[key]

    def _file(self, name: str) -> Path | None:
        if self.folder is None:
            return None
        return next((p for e in (".csv", ".xlsx") if (p := self.folder / f"{name}{e}").exists()), None)

    @property
    def overridden(self) -> list[Override]:
        """Every cell in which the case differs from the atlas, and its new rows."""
        found = []
        for name in TABLES:
            own = self._own(name)
            if own is None:
                continue
            base = atlas.table(name)
            for row_id in own.index:
                for column in own.columns:
                    new = own.at[row_id, column]
                    old = base.at[row_id, column] if row_id in base.index else None
                    if not _same(old, new):
                        found.append(Override(f"{self.name}/{name}:{row_id}:{column}", old, new))
        return found

    @property
    def undated(self) -> dict[str, int]:
        """Rows kept although neither they nor their source have a date, by table read so far; empty without `as_of`."""
        frames = {name: frame for name, frame in self._cache.items() if name in TABLES}
        return {n: f.attrs["undated"] for n, f in sorted(frames.items()) if f.attrs.get("undated")}

    def once(self, key: str, make: Callable[[], Derived]) -> Derived:
        """What is derived from the case alone, made once.

        Args:
            key: Its name.
            make: Makes it.
        """
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def ref(self, table: str, row_id: str, column: str) -> str:
        """Ref of a cell; it starts with the case's name where the row is the case's own."""
        own = self._own(table)
        prefix = f"{self.name}/" if own is not None and row_id in own.index else ""
        return f"{prefix}{table}:{row_id}:{column}"

    def quantity(self, table: str, row_id: str, column: str) -> Quantity:
        """One number of a table, with range, unit, basis and ref.

        Raises:
            InputError: No such table, row or column, or no number.
        """
        prefix = self.ref(table, row_id, column).removesuffix(f"{table}:{row_id}:{column}")
        return read.quantity(self.table(table), declared(table), row_id, column, prefix)

    def given(self, number: Given, key: str, file: str = "case.toml") -> Quantity:
        """A number of a case file: the fact it points to, or the value with the line on which it was chosen.

        Args:
            number: The number.
            key: Its key path in the file (`plants[1].capacity`).
            file: The file, from the case's folder.

        Raises:
            InputError: Its ref does not resolve.
        """
        if number.ref is not None:
            table, row_id, column = read.split_ref(number.ref)
            try:
                return self.quantity(table, row_id, column)
            except InputError as error:
                raise InputError(Fault(str(error), file, self._line(file, key), key, number.ref)) from None
        refs = (f"{self.name}/{file}:{self._line(file, key) or 1}", *number.refs)
        return Quantity(number.value, number.unit, number.low, number.high, number.basis, refs, number.note or None)

    def line_ref(self, key: str, file: str = "case.toml") -> str:
        """Ref of the line on which a key of a case file stands."""
        return f"{self.name}/{file}:{self._line(file, key) or 1}"

    def line_of(self, file: str, key: str) -> int | None:
        """Line of a key of a case file, or of the table that holds it; None for the bare atlas view."""
        return self._line(file, key)

    def _line(self, file: str, key: str) -> int | None:
        if self.folder is None:
            return None
        cached = f"lines {file}"
        if cached not in self._cache:
            self._cache[cached] = lines_of((self.folder / file).read_text("utf-8"))
        return line_of(self._cache[cached], key)

    def why(self, ref: str) -> Reason:
        """What stands behind a ref, in this case: value, method, inputs, sources.

        Args:
            ref: Ref of a fact, a choice or a result.

        Raises:
            InputError: The ref has no known form, or names nothing that exists.
        """
        from gadolin.case.why import why  # it opens other cases too, so it stands above this module

        return why(ref, self)

    def rules_on(self, date: str) -> dict[str, pd.DataFrame]:
        """Export-rule clauses and policies in force on a date; rows without dates are always kept.

        Args:
            date: ISO date.

        Returns:
            A frame under each of the keys `export_rules` and `policies`.
        """
        day = read.end_of(date)
        found = {}
        for name, start, end in (
            ("export_rules", "effective_date", "end_date"),
            ("policies", "effective_date", "end_date"),
        ):
            frame = self.table(name)
            first, last = read.begins(frame[start]), read.ends(frame[end])
            found[name] = frame[(first.isna() | (first <= day)) & (last.isna() | (last >= day))]
        return found

    def digest(self) -> dict[str, str]:
        """SHA-256 of all that decides this case's results: the atlas's files and the case's own."""
        found = {f"atlas/{k}": v for k, v in _atlas_digest().items()}
        if self.folder is not None:
            found |= {f"case/{k}": v for k, v in runs.folder_digest(self.folder).items()}
        return found

    def facts_digest(self) -> dict[str, str]:
        """SHA-256 of the facts alone: every table, the market's priors and the date all is cut to.

        case.toml, futures, strategies, deals and registers are not among them.
        """
        facts = (".csv", ".xlsx", "/market.toml")
        own = {k: v for k, v in self.digest().items() if k.startswith("atlas/") or k.endswith(facts)}
        return own | {"as_of": str(self.as_of)}

    def packed(self) -> bytes:
        """The case as it is sent to another process, less what was derived from it."""
        return pickle.dumps(replace(self, _cache={}))


@functools.lru_cache(maxsize=1)
def unpacked(case: bytes) -> Case:
    """A case that was sent, once per process, so that what follows from it alone is made once there."""
    return pickle.loads(case)


@functools.cache
def _atlas_digest() -> dict[str, str]:
    return runs.folder_digest(read.data_folder())


def shipped() -> dict[str, Path]:
    """Shipped cases by name."""
    folder = Path(str(resources.files("gadolin") / "cases"))
    return {p.name: p for p in sorted(folder.iterdir()) if (p / "case.toml").exists()}


def load(name: str, as_of: str | None = None) -> Case:
    """A case by name, folder or country.

    Args:
        name: A shipped case, a folder that holds `case.toml`, or an ISO3 country code.
        as_of: Use only what was known on that date (ISO).

    Raises:
        InputError: No such case; every fault of its files.

    >>> load("malaysia").country
    'MYS'
    """
    if as_of is not None:
        read.end_of(as_of)
    known = shipped()
    if name in known:
        return _from_folder(known[name], as_of)
    if (Path(name) / "case.toml").exists():
        return _from_folder(Path(name), as_of)
    countries = atlas.table("countries")
    code = "EUU" if name == "EU" else name.upper()
    if re.fullmatch(r"[A-Za-z]{3}|EU", name) and code in countries.index and countries.at[code, "kind"] == "country":
        general = General(name=str(countries.at[code, "name"]), country=code, currency="USD")
        return Case(code, CaseFile(case=general), None, as_of)
    if Path(name).is_dir():
        raise InputError(Fault("is a folder without case.toml; start one with: gadolin init CASE DIR", file=name))
    hint = did_you_mean(name, [*known, *countries.index])
    raise InputError(
        f'"{name}" is no shipped case ({", ".join(known)}), no folder with case.toml and no ISO3 country code{hint}'
    )


def _from_folder(folder: Path, as_of: str | None) -> Case:
    settings = read_record(folder / "case.toml", CaseFile)
    case = Case(folder.resolve().name, settings, folder, as_of)
    faults: list[Fault] = []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in (".csv", ".xlsx"):
            if file.stem not in TABLES:
                hint = did_you_mean(file.stem, TABLES)
                faults.append(Fault(f"is not named like a table of the atlas{hint}", file=file.name))
            else:
                faults += TABLES[file.stem].check(file)
    if case.country not in atlas.table("countries").index:
        faults.append(Fault("is no ISO3 country code", "case.toml", case._line("case.toml", "case.country"),
                            "case.country", case.country))  # fmt: skip
    if faults:
        raise InputError(faults)
    return case


def _equal(a: pd.Series, b: pd.Series) -> bool:
    return all(_same(x, y) for x, y in zip(a, b, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) or isinstance(b, tuple):
        return a == b
    if pd.isna(a) or pd.isna(b):
        return bool(pd.isna(a)) and bool(pd.isna(b))
    return bool(a == b)


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
