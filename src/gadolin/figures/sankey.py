"""The chain as a Sankey diagram: own layout, mass kept in sight.

Data, one row per flow: `source`, `target`, `value` (> 0, one unit), and where known `basis` and `group` (at most four,
one colour each). Names in `losses` are drawn grey at the end of their column. What goes into a node and does not come
out is drawn as a hatched stub "not accounted for", never left out. A flow that would be thinner than 1 px gets 1 px.

Layout: columns by the longest way from a source; order by barycentres; places relaxed as far as nothing overlaps.
Loops are refused: recycling is a node of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import pandas as pd

from gadolin.errors import InputError
from gadolin.figures import palette
from gadolin.figures.grammar import Body, Spoken, at_most_series, legend, need, no_data_swatch
from gadolin.figures.text import shorten, text, width_px, wrap

__all__ = ["Sankey"]

_NODE_PX, _GAP_PX, _LABEL_PX, _MOST = 10, 18, 12, 60


@dataclass
class _Node:
    name: str
    into: float = 0.0
    out: float = 0.0
    column: int = 0
    y: float = 0.0
    high: float = 0.0
    links: list[int] = field(default_factory=list)

    @property
    def size(self) -> float:
        return max(self.into, self.out)


@dataclass(frozen=True)
class Sankey(Spoken):
    """Flows between named nodes.

    Args:
        losses: Nodes that are residue or loss.
        high_px: Height of the drawing. [px]
    """

    losses: tuple[str, ...] = ()
    high_px: float = 360.0
    kind: str = "Sankey diagram of flows"

    def draw(self, data: pd.DataFrame, figure_id: str, width_px: float) -> Body:
        """The diagram below its key."""
        self._check(data)
        groups = at_most_series(data["group"], self.kind) if "group" in data else []
        nodes = self._nodes(data)
        key, top = self._key(nodes, groups, figure_id, width_px)
        columns = _columns(nodes, self.losses)
        scale = self._scale(columns)
        _place(columns, data, nodes, scale, self.high_px)
        room = _label_room(columns[-1])
        step = (width_px - room - _NODE_PX) / max(len(columns) - 1, 1)
        flows = self._flows(data, nodes, groups, scale, step, figure_id)
        boxes = self._boxes(columns, step, room, scale, figure_id)
        low = max(n.y + n.high for column in columns for n in column)
        return Body(f'{key}<g transform="translate(0,{top + 6:g})">{flows}{boxes}</g>', top + 6 + low + 8)

    def _key(self, nodes: dict[str, _Node], groups: list[str], name: str, room: float) -> tuple[str, float]:
        swatch = '<rect width="18" height="12" fill="{}" fill-opacity="0.6"/>'
        entries = [(swatch.format(palette.SERIES[i]), group) for i, group in enumerate(groups)]
        if any(_gap(node) for node in nodes.values()):
            entries.append((no_data_swatch(name), self.say("not accounted for")))
        return legend(entries, room) if entries else ("", 0.0)

    def _check(self, data: pd.DataFrame) -> None:
        need(data, ("source", "target", "value"), self.kind)
        if data["value"].isna().any() or (data["value"] <= 0).any():
            raise InputError(f"{self.kind}: every flow must be greater than 0; leave out what does not flow")
        if len(data) > _MOST:
            raise InputError(
                f'{self.kind} draws at most {_MOST} flows, got {len(data)}; merge the small ones into "other"'
            )

    def _nodes(self, data: pd.DataFrame) -> dict[str, _Node]:
        nodes: dict[str, _Node] = {}
        for i, (source, target, value) in enumerate(zip(data["source"], data["target"], data["value"], strict=True)):
            for name in (source, target):
                nodes.setdefault(str(name), _Node(str(name)))
            nodes[str(source)].out += float(value)
            nodes[str(target)].into += float(value)
            nodes[str(source)].links.append(i)
        _rank(nodes, data, self.kind)
        return nodes

    def _scale(self, columns: list[list[_Node]]) -> float:
        """Pixels per unit."""
        return min((self.high_px - _GAP_PX * len(c)) / sum(n.size for n in c) for c in columns)

    def _flows(
        self, data: pd.DataFrame, nodes: dict[str, _Node], groups: list[str], scale: float, step: float, name: str
    ) -> str:
        leaves = dict.fromkeys(nodes, 0.0)
        enters = dict.fromkeys(nodes, 0.0)
        order = sorted(range(len(data)), key=lambda i: (nodes[str(data["target"].iloc[i])].y, i))
        starts: dict[int, float] = {}
        for i in order:
            source = str(data["source"].iloc[i])
            starts[i] = nodes[source].y + leaves[source]
            leaves[source] += float(data["value"].iloc[i]) * scale
        drawn = []
        for i in sorted(range(len(data)), key=lambda i: (nodes[str(data["source"].iloc[i])].y, i)):
            row = data.iloc[i]
            source, target = nodes[str(row["source"])], nodes[str(row["target"])]
            wide = max(float(row["value"]) * scale, 1.0)
            end = target.y + enters[target.name]
            enters[target.name] += float(row["value"]) * scale
            series = groups.index(str(row["group"])) if groups else 0
            colour = palette.OUTLINE if target.name in self.losses else palette.SERIES[series]
            weak = row.get("basis") in ("estimate", "memory")
            rest = f"{name}-estimate-rest" if target.name in self.losses else palette.estimate_fill(name, series)
            style = f'fill="url(#{rest})" stroke="{colour}" stroke-dasharray="4 3"' if weak else f'fill="{colour}"'
            path = _ribbon(source.column * step + _NODE_PX, starts[i], target.column * step, end, wide)
            ends = f'data-source="{escape(source.name)}" data-target="{escape(target.name)}"'
            about = self.say("{source} to {target}: {value}").format(
                source=source.name, target=target.name, value=f"{row['value']:,.4g}{self.est(weak)}"
            )
            drawn.append(
                f'<path class="flow" {ends} d="{path}" '
                f'{style} fill-opacity="0.45"><title>{escape(about)}</title></path>'
            )
        return "".join(drawn)

    def _boxes(self, columns: list[list[_Node]], step: float, room: float, scale: float, name: str) -> str:
        drawn = []
        for column in columns:
            for node in column:
                x, last = node.column * step, node.column == len(columns) - 1
                colour = palette.OUTLINE if node.name in self.losses else palette.TEXT
                drawn.append(
                    f'<rect class="node" data-node="{escape(node.name)}" x="{x:.5g}" y="{node.y:.5g}" '
                    f'width="{_NODE_PX}" height="{max(node.high, 1):.5g}" fill="{colour}"/>'
                )
                if _gap(node):
                    drawn.append(self._stub(node, x, _gap(node) * scale, name))
                drawn.append(_label(node, x + _NODE_PX + 5, (room if last else step - _NODE_PX) - 10))
        return "".join(drawn)

    def _stub(self, node: _Node, x: float, wide: float, name: str) -> str:
        """What enters and does not leave (right), or leaves and did not enter (left)."""
        lost = node.into > node.out
        y = node.y + node.high - max(wide, 1)
        at = x + _NODE_PX if lost else x - 16
        said = "{node}: {value} not accounted for" if lost else "{node}: {value} from elsewhere"
        about = self.say(said).format(node=node.name, value=f"{abs(node.into - node.out):,.4g}")
        fill = palette.no_data_fill(name)
        return (
            f'<rect x="{at:.5g}" y="{y:.5g}" width="16" height="{max(wide, 1):.5g}" fill="url(#{fill})" '
            f'stroke="{palette.OUTLINE}"><title>{escape(about)}</title></rect>'
        )


def _gap(node: _Node) -> float:
    """What enters a node within the chain and does not leave it, or the other way round; 0 when it balances."""
    gap = abs(node.into - node.out)
    return gap if node.into and node.out and gap > 1e-6 * node.size else 0.0


def _rank(nodes: dict[str, _Node], data: pd.DataFrame, kind: str) -> None:
    """Columns by the longest way from a source; a loop is refused."""
    pairs = [(str(s), str(t)) for s, t in zip(data["source"], data["target"], strict=True)]
    for _ in range(len(nodes)):
        moved = [(s, t) for s, t in pairs if nodes[t].column <= nodes[s].column]
        if not moved:
            return
        for s, t in moved:
            nodes[t].column = nodes[s].column + 1
    looped = sorted({s for s, t in pairs if nodes[t].column <= nodes[s].column})
    raise InputError(f"{kind}: flows run in a loop through {', '.join(looped)}; make recycling a node of its own")


def _columns(nodes: dict[str, _Node], losses: tuple[str, ...]) -> list[list[_Node]]:
    count = 1 + max(n.column for n in nodes.values())
    columns: list[list[_Node]] = [[] for _ in range(count)]
    for node in nodes.values():
        columns[node.column].append(node)
    for column in columns:
        column.sort(key=lambda n: n.name in losses)
    return columns


def _place(columns: list[list[_Node]], data: pd.DataFrame, nodes: dict[str, _Node], scale: float, high: float) -> None:
    """Order by barycentres, then relax; losses stay at the bottom of their column."""
    for column in columns:
        for node in column:
            node.high = node.size * scale
        _stack(column)
    pairs = [
        (nodes[str(s)], nodes[str(t)], float(v))
        for s, t, v in zip(data["source"], data["target"], data["value"], strict=True)
    ]
    bottom = {n.name for c in columns for n in c[1:] if not n.out and n.high < 0.3 * high}
    for sweep in range(12):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            for node in column:
                near = [(s if t is node else t, v) for s, t, v in pairs if node in (s, t)]
                weight = sum(v for _, v in near)
                middle = sum((n.y + n.high / 2) * v for n, v in near) / weight
                node.y = middle - node.high / 2
            column.sort(key=lambda n: (n.name in bottom and len(columns) - 1 != n.column, n.y))
            _settle(column, high)


def _stack(column: list[_Node]) -> None:
    y = 0.0
    for node in column:
        node.y = y
        y += max(node.high, 1) + _GAP_PX


def _settle(column: list[_Node], high: float) -> None:
    """Push apart what overlaps, first downwards, then back up from the bottom."""
    y = 0.0
    for node in column:
        node.y = max(node.y, y)
        y = node.y + max(node.high, 1) + _GAP_PX
    y = high
    for node in reversed(column):
        node.y = min(node.y, y - max(node.high, 1))
        y = node.y - _GAP_PX


def _ribbon(x1: float, y1: float, x2: float, y2: float, wide: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f"M{x1:.5g},{y1:.5g} C{middle:.5g},{y1:.5g} {middle:.5g},{y2:.5g} {x2:.5g},{y2:.5g} v{wide:.5g} "
        f"C{middle:.5g},{y2 + wide:.5g} {middle:.5g},{y1 + wide:.5g} {x1:.5g},{y1 + wide:.5g} z"
    )


def _words(node: _Node) -> tuple[str, str]:
    return node.name, f"{node.size:,.3g}" if node.size < 1000 else f"{node.size:,.0f}"


def _label_room(column: list[_Node]) -> float:
    return min(max(width_px(" ".join(_words(n)), _LABEL_PX) for n in column) + 12, 190)


def _label(node: _Node, x: float, room: float) -> str:
    name, value = _words(node)
    lines = wrap(f"{name} {value}", _LABEL_PX, room)
    if len(lines) > 1 and node.high < 15 * len(lines):
        lines = [f"{shorten(name, _LABEL_PX, room - width_px(f' {value}', _LABEL_PX))} {value}"]
    first = node.y + max(node.high, 1) / 2 + 4 - 7.5 * (len(lines) - 1)
    halo = 'stroke="#FFFFFF" stroke-width="3" stroke-opacity="0.85" paint-order="stroke"'
    return "".join(text(line, x, first + 15 * i, _LABEL_PX, extra=halo) for i, line in enumerate(lines))
