"""Speed goals as one table: `python -m benchmarks [ROW ...] [--peers] [--json]`."""
