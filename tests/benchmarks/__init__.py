"""Benchmarks: `./run bench NAME --json`. Figures, never a pass or fail; those of record: docs/benchmarks.md."""
