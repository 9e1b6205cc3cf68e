"""What deviates is reported, and so is what cannot be computed or compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.accelerator import __main__ as command
from benchmarks.accelerator import decoder_kernels, kernels, rates
from benchmarks.accelerator.checking import AGREES, DISAGREES, UNAVAILABLE, check_kernels, has_double
from benchmarks.accelerator.kernel import Arrays, Kernel, relative_to_largest, relative_to_scale
from benchmarks.accelerator.parameter_kernels import outside
from benchmarks.accelerator.reference import compute_references
from benchmarks.accelerator.sizes import TINY, Sizes
from benchmarks.accelerator.tabular_kernels import hitting_deviation
from benchmarks.accelerator.verdict import exit_code, verdict_of
from benchmarks.accelerator.weights import decoder_weights

NUMBERS = np.array([1.0, -4.0, 2.0])


def kernel(name: str, found: Arrays, *, double: bool = True) -> Kernel:
    return Kernel(
        name,
        lambda _: "three numbers",
        lambda _: found,
        lambda *_: {"a": NUMBERS},
        relative_to_largest,
        lambda _: 1e-9,
        "they are exact",
        double,
    )


def exact(found: Mapping[str, Arrays], sizes: Sizes) -> dict[str, Arrays]:
    return {name: {"a": NUMBERS} for name in found}


def judged(*checked: Kernel, double: bool = True) -> dict[str, dict]:
    return {row["kernel"]: row for row in check_kernels(checked, TINY, reference=exact, double=double)}


def test_a_perturbed_kernel_is_found_among_others():
    rows = judged(kernel("right", {"a": NUMBERS}), kernel("wrong", {"a": NUMBERS * (1 + 1e-8)}))
    assert rows["right"]["verdict"] == AGREES
    assert rows["wrong"]["verdict"] == DISAGREES
    assert rows["wrong"]["deviation"] == pytest.approx(1e-8)
    report = {"checks": list(rows.values()), "rates": []}
    assert exit_code(report) == 1
    assert verdict_of(**report) == "1 of 2 kernels disagree with float64 on the CPU: wrong."


@pytest.mark.parametrize("found", [np.array([1.0, np.nan, 2.0]), NUMBERS[:2], np.array([np.inf, -4.0, 2.0])])
def test_what_cannot_be_compared_disagrees(found: np.ndarray):
    row = judged(kernel("odd", {"a": found}))["odd"]
    assert (row["verdict"], row["deviation"]) == (DISAGREES, None)
    assert "cannot be compared" in row["error"]


def test_a_kernel_that_fails_is_a_row_and_the_others_go_on():
    def fail(_: Sizes) -> Arrays:
        raise MemoryError("too large for this device")

    rows = judged(kernel("failing", {})._replace(compute=fail), kernel("right", {"a": NUMBERS}))
    assert rows["failing"]["verdict"] == DISAGREES
    assert rows["failing"]["error"] == "MemoryError: too large for this device"
    assert rows["right"]["verdict"] == AGREES


def test_a_device_without_float64_is_said_to_have_none():
    rows = judged(kernel("double", {"a": NUMBERS}), kernel("single", {"a": NUMBERS}, double=False), double=False)
    assert rows["double"]["verdict"] == UNAVAILABLE
    assert rows["single"]["verdict"] == AGREES
    report = {"checks": list(rows.values()), "rates": []}
    assert exit_code(report) == 69
    assert "no float64: double" in verdict_of(**report)
    assert has_double()


def test_a_measurement_that_fails_is_no_success():
    checks = list(judged(kernel("right", {"a": NUMBERS})).values())
    failed = [{"what": "sampling", "error": "MemoryError: too large"}]
    assert exit_code({"checks": checks, "rates": failed}) == 1
    assert verdict_of(checks, failed).endswith("not measured: sampling.")


def hitting(time: float = 2.0, error: float = 1e-10, status: int = 0) -> Arrays:
    return {
        "8, KL time": np.array([time, np.inf]),
        "8, KL relative_error": np.array([error, np.nan]),
        "8, KL status": np.array([status, 1], np.int8),
    }


def test_hitting_times_are_measured_in_reported_errors():
    assert hitting_deviation(hitting(), hitting()) == 0
    # 1e-10 is asked for, and both report as much again.
    assert hitting_deviation(hitting(2.0 * (1 + 6e-10)), hitting()) == pytest.approx(2, rel=1e-4)
    assert hitting_deviation(hitting(status=2), hitting()) == np.inf
    assert hitting_deviation(hitting(np.nan), hitting()) == np.inf


def test_bounds_have_to_hold_the_exact_norm():
    def bounds(low: float, high: float) -> Arrays:
        return {"norm": np.array([low, high])}

    reference = {"norm": np.array(2.0)}
    assert outside(bounds(1.9, 2.1), reference) == 0
    assert outside(bounds(2.02, 2.1), reference) == pytest.approx(0.01)
    assert outside(bounds(1.9, 1.98), reference) == pytest.approx(0.01)
    assert outside(bounds(1.9, np.inf), reference) == np.inf


def test_log_probabilities_are_measured_against_their_scale():
    reference = {"logs": np.array([-1.0, -2.0]), "scale": np.array(10.0)}
    assert relative_to_scale({"logs": np.array([-1.0, -2.1])}, reference) == pytest.approx(0.01)


def test_a_perturbed_decoder_ends_the_command_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    true = next(one for one in kernels.KERNELS if one.name == "next-token logits, float32")

    def perturbed(sizes: Sizes) -> Arrays:
        found = {name: np.array(array) for name, array in true.compute(sizes).items()}
        found["logits"][0, 0] += 1e-3 * np.abs(found["logits"]).max()
        return found

    monkeypatch.setattr(kernels, "KERNELS", (true._replace(compute=perturbed),))
    monkeypatch.setattr(rates, "measure", lambda *_: [])
    out = tmp_path / "gpu.json"
    assert command.main(["--sizes", "tiny", "--out", str(out)]) == 1
    (row,) = json.loads(out.read_text(encoding="utf-8"))["checks"]
    assert row["verdict"] == DISAGREES
    assert row["deviation"] == pytest.approx(1e-3, rel=0.01)
    assert "1 of 1 kernels disagree" in capsys.readouterr().out


def test_products_of_ten_bits_would_be_found(monkeypatch: pytest.MonkeyPatch):
    """Weights rounded as TF32 rounds the operands of a product, which is half of what it does to them."""
    true = next(one for one in kernels.KERNELS if one.name == "next-token logits, float32")
    weights = decoder_weights(TINY)

    def rounded(leaf: jax.Array) -> jax.Array:
        bits = jax.lax.bitcast_convert_type(leaf, jnp.int32)
        return jax.lax.bitcast_convert_type((bits + (1 << 12)) & ~((1 << 13) - 1), jnp.float32)

    coarse = weights._replace(parameters=jax.tree.map(rounded, weights.parameters))
    reference = compute_references({true.name: {}}, TINY)[true.name]
    assert true.deviation(true.compute(TINY), reference) <= true.tolerance(TINY)
    monkeypatch.setattr(decoder_kernels, "decoder_weights", lambda _: coarse)
    assert true.deviation(true.compute(TINY), reference) > 10 * true.tolerance(TINY)


def test_references_are_of_what_was_found():
    computed = compute_references({"next-token logits, float32": {}}, TINY)
    assert list(computed) == ["next-token logits, float32"]
    assert computed["next-token logits, float32"]["logits"].dtype == np.float64
