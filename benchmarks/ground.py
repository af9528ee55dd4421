"""Rows of the ground: what a user waits for before anything is computed."""

from __future__ import annotations

from benchmarks.rows import Row

ROWS = (
    Row("import", goal_s=0.1, command=("-c", "import gadolin"), minus=("-c", "pass")),
    Row("help", goal_s=0.3, command=("-m", "gadolin", "--help")),
)
