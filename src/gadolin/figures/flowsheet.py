"""A flowsheet: blocks from left to right, recycles below, numbered streams, and the stream table under it.

Data, one row per stream: `source` (blank: a feed), `target` (blank: a product or waste), `stream` (its name), `value`
(blank when not known), and where known `basis`. The unit of the values is the figure's.

Layout: columns by the longest way from a feed, where a stream that runs back is a recycle; rows in the order in which
the blocks are named. Each stream has a lane of its own, so that no two run on each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, need
from gadolin.figures.text import lines_of, shorten, text, wrap

__all__ = ["Flowsheet"]

_HIGH, _PORT, _ROW_PX, _MOST = 46.0, 19.0, 18.0, 40


@dataclass
class _Block:
    name: str
    column: int = 0
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    high: float = _HIGH
    into: list[int] = field(default_factory=list)
    out: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Flowsheet(Spoken):
    """Blocks and streams.

    Args:
        value_title: Heading of the values in the stream table.
    """

    value_title: str = "flow"
    kind: str = "Flowsheet with stream table"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The flowsheet and its stream table."""
        need(data, ("source", "target", "stream", "value"), self.kind)
        if len(data) > _MOST:
            raise InputError(f"{self.kind} draws at most {_MOST} streams, got {len(data)}; show a block at a time")
        ends = [(_name(s), _name(t)) for s, t in zip(data["source"], data["target"], strict=True)]
        if any(not s and not t for s, t in ends):
            raise InputError(f"{self.kind}: a stream has neither source nor target")
        blocks, back = _layout(ends)
        plan = _Plan(blocks, ends, back, width_px)
        drawn = [plan.block(b) for b in blocks.values()] + [plan.stream(i, weak) for i, weak in enumerate(_weak(data))]
        table, high = self._table(data, ends, width_px, plan.bottom + 14)
        arrow = (
            f'<defs><marker id="{figure_id}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{palette.TEXT}"/></marker></defs>'
        )
        lines = "".join(drawn).replace("@arrow", f"url(#{figure_id}-arrow)")
        return Body(arrow + lines + table, high)

    def _table(self, data: pd.DataFrame, ends: list[tuple[str, str]], width: float, y: float) -> tuple[str, float]:
        lefts = (0.0, 34.0, width * 0.42, width * 0.62, width)
        heads = (*(self.say(h) for h in ("no.", "stream", "from", "to")), self.said(self.value_title))
        drawn = []
        for i, (x, head) in enumerate(zip(lefts, heads, strict=True)):
            style = 'font-weight="bold"'
            drawn.append(text(head, x, y + 12, 12, anchor="end" if i == 4 else "", extra=style))
        y += _ROW_PX
        for i, (row, (source, target)) in enumerate(zip(data.to_dict("records"), ends, strict=True)):
            drawn.append(f'<line x1="0" x2="{width:.5g}" y1="{y:.5g}" y2="{y:.5g}" stroke="{palette.GRID}"/>')
            weak = row.get("basis") in ("estimate", "memory")
            value = self.say("not known") if pd.isna(row["value"]) else f"{row['value']:,.4g}{self.est(weak)}"
            cells = (
                str(i + 1),
                str(row["stream"]),
                source or self.say("(feed)"),
                target or self.say("(leaves)"),
                value,
            )
            rooms = (30.0, width * 0.42 - 40, width * 0.2 - 6, width * 0.2 - 6, width * 0.16)
            for k, (x, cell, room) in enumerate(zip(lefts, cells, rooms, strict=True)):
                drawn.append(text(shorten(cell, 12, room), x, y + 13, 12, anchor="end" if k == 4 else ""))
            y += _ROW_PX
        return "".join(drawn), y + 2


def _weak(data: pd.DataFrame) -> list[bool]:
    return [b in ("estimate", "memory") for b in data["basis"]] if "basis" in data else [False] * len(data)


def _name(cell: object) -> str:
    return "" if cell is None or cell is pd.NA or cell != cell else str(cell)


def _layout(ends: list[tuple[str, str]]) -> tuple[dict[str, _Block], set[int]]:
    """Blocks with column and row, and which streams run back."""
    blocks: dict[str, _Block] = {}
    for source, target in ends:
        for name in (source, target):
            if name:
                blocks.setdefault(name, _Block(name))
    back = _recycles(blocks, ends)
    forward = [(s, t) for i, (s, t) in enumerate(ends) if s and t and i not in back]
    for _ in blocks:
        for s, t in forward:
            blocks[t].column = max(blocks[t].column, blocks[s].column + 1)
    filled: dict[int, int] = {}
    for block in blocks.values():
        block.row = filled.get(block.column, 0)
        filled[block.column] = block.row + 1
    return blocks, back


def _recycles(blocks: dict[str, _Block], ends: list[tuple[str, str]]) -> set[int]:
    """Streams that close a loop, met when the blocks are walked from the first named one."""
    state: dict[str, int] = {}
    back: set[int] = set()

    def walk(name: str) -> None:
        state[name] = 1
        for i, (source, target) in enumerate(ends):
            if source == name and target:
                if state.get(target) == 1:
                    back.add(i)
                elif target not in state:
                    walk(target)
        state[name] = 2

    for name in blocks:
        if name not in state:
            walk(name)
    return back


class _Plan:
    """Where blocks stand and where streams run."""

    def __init__(self, blocks: dict[str, _Block], ends: list[tuple[str, str]], back: set[int], width: float) -> None:
        self.blocks, self.ends, self.back = blocks, ends, back
        columns = 1 + max((b.column for b in blocks.values()), default=0)
        pitch = width / columns
        self.wide = min(pitch - 62, 130.0)
        self.pitch = pitch
        rows = 1 + max((b.row for b in blocks.values()), default=0)
        over = [i for i, (s, t) in enumerate(ends) if s and t and i not in back and self._skips(s, t)]
        self.over = {i: k for k, i in enumerate(over)}
        self.under = {i: k for k, i in enumerate(sorted(back))}
        top = 8 + 18 * len(over)
        for i, (s, t) in enumerate(ends):
            if s:
                blocks[s].out.append(i)
            if t:
                blocks[t].into.append(i)
        for block in blocks.values():
            block.high = max(_HIGH, _PORT * (1 + max(len(block.into), len(block.out))))
        row_pitch = 40 + max((b.high for b in blocks.values()), default=_HIGH)
        for block in blocks.values():
            block.x = block.column * pitch + (pitch - self.wide) / 2
            block.y = top + block.row * row_pitch + 10 + (row_pitch - 40 - block.high) / 2
        self.floor = top + rows * row_pitch - 10
        self.bottom = self.floor + 18 * len(self.under) + 8
        self._sort_ports()
        self._tracks: dict[int, int] = {}

    def _skips(self, source: str, target: str) -> bool:
        return self.blocks[target].column > self.blocks[source].column + 1

    def _sort_ports(self) -> None:
        """Ports in the order of where their streams go, so that lines cross as little as they can."""

        def height(i: int, other: int) -> tuple[float, int]:
            name = self.ends[i][other]
            if i in self.over:
                return (-1.0, i)
            if i in self.back:
                return (1e9, -i)
            return (self.blocks[name].y if name else 1e8, i)

        for block in self.blocks.values():
            block.out.sort(key=lambda i: height(i, 1))
            block.into.sort(key=lambda i: height(i, 0) if self.ends[i][0] else (block.y - 1, i))

    def block(self, block: _Block) -> str:
        """A block with its name."""
        lines = wrap(block.name, 12, self.wide - 10)[:3]
        box = (
            f'<rect class="block" x="{block.x:.5g}" y="{block.y:.5g}" width="{self.wide:.5g}" '
            f'height="{block.high:.5g}" rx="3" '
            f'fill="{palette.STATUS["info"][1]}" stroke="{palette.SERIES[0]}"/>'
        )
        first = block.y + block.high / 2 + 4 - 7.5 * (len(lines) - 1)
        return box + lines_of(
            [shorten(line, 12, self.wide - 6) for line in lines], block.x + self.wide / 2, first, 12, anchor="middle"
        )

    def _port(self, block: _Block, i: int, out: bool) -> float:
        ports = block.out if out else block.into
        return block.y + block.high * (ports.index(i) + 1) / (len(ports) + 1)

    def _track(self, column: int) -> float:
        """A free vertical line in the channel right of a column. [px]"""
        used = self._tracks[column] = self._tracks.get(column, -1) + 1
        offsets = (0, 1, -1, 2, -2)
        return (column + 1) * self.pitch + offsets[used % len(offsets)] * 5.0

    def stream(self, i: int, weak: bool) -> str:
        """A stream with its number."""
        source, target = self.ends[i]
        points = self._points(i, source, target)
        dash = ' stroke-dasharray="5 3"' if weak else ""
        path = "M" + " L".join(f"{x:.5g},{y:.5g}" for x, y in points)
        line = f'<path class="stream" d="{path}" fill="none" stroke="{palette.TEXT}"{dash} marker-end="@arrow"/>'
        x, y = self._number_at(i, points)
        disc = f'<circle cx="{x:.5g}" cy="{y:.5g}" r="8" fill="#FFFFFF" stroke="{palette.TEXT}"/>'
        return line + disc + text(str(i + 1), x, y + 4, 10, anchor="middle")

    def _points(self, i: int, source: str, target: str) -> list[tuple[float, float]]:
        if not source:
            block = self.blocks[target]
            y = self._port(block, i, False)
            return [(block.x - 30, y), (block.x, y)]
        start = self.blocks[source]
        x1, y1 = start.x + self.wide, self._port(start, i, True)
        if not target:
            return [(x1, y1), (x1 + 30, y1)]
        end = self.blocks[target]
        x2, y2 = end.x, self._port(end, i, False)
        if i in self.back:
            y = self.floor + 18 * self.under[i] + 6
            right, left = self._track(start.column) - 4, self._track(end.column - 1) + 4
            return [(x1, y1), (right, y1), (right, y), (left, y), (left, y2), (x2, y2)]
        if i in self.over:
            y = 10 + 18 * self.over[i]
            right, left = self._track(start.column), self._track(end.column - 1)
            return [(x1, y1), (right, y1), (right, y), (left, y), (left, y2), (x2, y2)]
        if abs(y1 - y2) < 0.5:
            return [(x1, y1), (x2, y2)]
        middle = self._track(start.column)
        return [(x1, y1), (middle, y1), (middle, y2), (x2, y2)]

    def _number_at(self, i: int, points: list[tuple[float, float]]) -> tuple[float, float]:
        if i in self.back or i in self.over:
            (xa, y), (xb, _) = points[2], points[3]
            return (xa + xb) / 2, y
        (x1, y1), (x2, _) = points[0], points[1]
        if not self.ends[i][0] or len(points) == 2:
            return (x1 + x2) / 2 - (3 if self.ends[i][0] else 6), y1
        return x1 + 12, y1
