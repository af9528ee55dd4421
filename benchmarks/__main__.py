"""Run the rows of all files of this folder and print one table.

Each row runs in a process of its own, so that memory and caches do not leak from one into the next. Peers run only
with `--peers` (their own environments, see peers/README.md); else their last figures come from peers/results.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import benchmarks
from benchmarks.rows import Row, measure

HERE = Path(__file__).parent
NOT_ROOMS = {"__main__", "rows", "peers"}


def all_rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in NOT_ROOMS):
        for row in importlib.import_module(f"benchmarks.{module}").ROWS:
            assert row.name not in found, f"two rows are named {row.name}"
            found[row.name] = row
    return found


def peer_results(run: bool) -> dict[str, dict]:
    if run:
        subprocess.run([sys.executable, "-m", "benchmarks.peers.run"], check=True)
    file = HERE / "peers" / "results.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", action="store_true", help="run the peers too, each in its own environment")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # one row, in this process
    arguments = parser.parse_args()
    rows = all_rows()
    unknown = [name for name in arguments.rows if name not in rows]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)} (rows: {', '.join(rows)})")
    if arguments.here:
        print(json.dumps(measure(rows[arguments.rows[0]])))
        return
    peers = peer_results(arguments.peers)
    records = []
    for name in arguments.rows or rows:
        print(f"{name} ...", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--here", name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stderr}")
        record = json.loads(done.stdout.splitlines()[-1])
        peer = peers.get(rows[name].peer or "", {})
        records.append(record | {"peer": peer.get("peer"), "peer_median_s": peer.get("median_s")})
    if arguments.json:
        print(json.dumps({"rows": records}, indent=2))
        return
    print(f"{'row':24} {'median':>10} {'goal':>10} {'peak MB':>8}  peer")
    for r in records:
        shown = f"{r['median_s']:.4g} s" if r["median_s"] is not None else f"{r['value']:.4g} {r['unit']}"
        goal = f"{r['goal_s']:g} s" if r["goal_s"] is not None else f"{r.get('goal')} {r.get('unit', '')}"
        peak = "" if r["peak_mb"] is None else f"{r['peak_mb']:.0f}"
        peer = f"{r['peer']} {r['peer_median_s']:.4g} s" if r["peer"] and r["peer_median_s"] else ""
        print(f"{r['name']:24} {shown:>10} {goal:>10} {peak:>8}  {peer}")


if __name__ == "__main__":
    main()
