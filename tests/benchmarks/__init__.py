"""Benchmarks: `./run bench NAME --json`. Figures, never a pass or fail; the figures of record stand in docs/benchmarks.md."""
