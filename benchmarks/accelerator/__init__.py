"""The project's kernels on whatever device JAX computes with: checked against float64 on the CPU, and timed.

Run as `make gpu`, or `python -m benchmarks.accelerator [--quick] [--out out/gpu.json]`. Needs JAX, NumPy, SciPy, optax
and the checkout, nothing else and no network (docs/gpu.md).
"""
