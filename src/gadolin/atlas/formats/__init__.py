"""Readers of trade statistics and assays, one file each: `read_trade(path)` finds the format by its content.

Formats: UN Comtrade (current, API, bulk, legacy), China customs (GACC), Eurostat Comext (three forms), BACI, US Census,
Japan e-Stat, Korea and Thailand APIs, METS-like sheets; laboratory certificates by `read_certificate`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from gadolin.atlas.formats.assay import AssayFile, is_assay, read_assay
from gadolin.atlas.formats.baci import is_baci, read_baci
from gadolin.atlas.formats.comext import is_comext, read_comext
from gadolin.atlas.formats.comtrade import is_comtrade, read_comtrade
from gadolin.atlas.formats.flows import FlowFile, FlowRow
from gadolin.atlas.formats.gacc import is_gacc, read_gacc
from gadolin.atlas.formats.national import (
    is_census,
    is_estat,
    is_korea,
    is_mets,
    read_census,
    read_estat,
    read_korea,
    read_mets,
)
from gadolin.atlas.formats.thailand import is_thailand, read_thailand
from gadolin.errors import Fault, InputError

__all__ = ["AssayFile", "FlowFile", "FlowRow", "read_certificate", "read_trade"]

_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, str], FlowFile]], ...] = (
    (is_comtrade, read_comtrade),
    (is_gacc, read_gacc),
    (is_comext, read_comext),
    (is_baci, read_baci),
    (is_census, read_census),
    (is_estat, read_estat),
    (is_korea, read_korea),
    (is_thailand, read_thailand),
    (is_mets, read_mets),
)


def read_trade(path: str | Path) -> FlowFile:
    """Read a file of trade statistics; the format is found by its content.

    Args:
        path: The file, plain or gzip.

    Raises:
        InputError: No known format, or a file that breaks its own format.
    """
    file = Path(path)
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    for known, read in _FORMATS:
        if not known(data):
            continue
        try:
            return read(data, file.name)
        except (ValueError, KeyError, IndexError, SyntaxError) as error:
            what = f"looks like a known format but cannot be read: {type(error).__name__} {error}"
            raise InputError(Fault(what, file=file.name)) from None
    raise InputError(Fault("is no trade file of a known format (see the docs on formats)", file=file.name))


def read_certificate(path: str | Path) -> AssayFile:
    """Read a laboratory certificate.

    Args:
        path: CSV file.

    Raises:
        InputError: No header with elements and units.
    """
    file = Path(path)
    data = file.read_bytes()
    if not is_assay(data):
        raise InputError(Fault("has no row of element names with units", file=file.name))
    return read_assay(data, file.name)
