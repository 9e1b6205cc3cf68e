"""Policies with shared parameters: what enclosing a Fisher norm costs, and gradient ascent against NumPy and PyTorch.

Everything is measured in one run of one process after compilation; the first call, which compiles, stands beside. The
Fisher norm without a matrix is timed against the bare products it consists of, on the same linearisation, and against
the dense eigenvalue problem. Gradient ascent is timed against what a user would write instead: PyTorch with automatic
differentiation for a transformer, scoring all outputs as one batch of sequences, and NumPy with a backward pass by hand
for a perceptron. The alternatives have to end at the same parameters to 1e-8, or the run fails. PyTorch is optional.

Run as `python -m benchmarks.parameter_space [--quick]`; prints a table and writes out/benchmarks/parameter_space.json.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise, product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.report import parse_options, write_report
from proofs_check.ledger.ledger import versions
from sims.parameter_space.hitting_times import parameter_hitting_times
from theory.parameter_space.fisher_information import fisher_norms
from theory.parameter_space.matrix_free_norms import estimate_fisher_norm, prompt_log_probabilities
from theory.parameter_space.objective import objective_gradient
from theory.parameter_space.problem import PolicyProblem, make_policy_problem, stack_policy_problems
from theory.policies import MultilayerPerceptronPolicy, TransformerPolicy
from theory.policies.contexts import enumerate_contexts, prefix_count
from theory.policies.policy import Policy, outputs

try:
    import torch
except ImportError:
    torch = None

COLUMNS = ["case", "method", "time", "time over ours", "check", "first call, s"]
AGREEMENT = 1e-8
STEP = 0.02
"""Short against the curvature met on the way (at most 50): a longer one is unstable and blows rounding errors up."""
LARGEST_DENSE = 1024
"""Outputs up to which the dense eigenvalue problem is worth waiting for."""


def timed(run: Callable[[], Any], repeats: int = 7) -> tuple[float, float, Any]:
    """The median seconds of several runs, the seconds of a first one, and the result."""
    seconds = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        result = jax.block_until_ready(run())
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds[1:])), seconds[0], result


def milliseconds(seconds: float) -> str:
    """As the table shows times."""
    return f"{1e3 * seconds:,.2f} ms"


@partial(jax.jit, static_argnames="count")
def bare_products(policy: Policy, parameters: Any, prompt: int, key: jax.Array, count: int) -> jax.Array:
    """That many products with the matrix whose largest eigenvalue is the Fisher norm, and nothing else."""

    def weighted(theta: Any) -> jax.Array:
        log_policy = prompt_log_probabilities(policy, theta, prompt)
        return jnp.exp(jax.lax.stop_gradient(log_policy) / 2) * log_policy

    value, along = jax.linearize(weighted, parameters)
    backwards = jax.linear_transpose(along, parameters)
    start = jax.random.normal(key, value.shape)
    return jax.lax.fori_loop(0, count, lambda _, vector: along(*backwards(vector)), start)


def fisher_rows(quick: bool) -> list[list[str]]:
    """Enclosing `lambda_max(F_x)` to 1% without a matrix, against its bare products and the dense matrix."""
    policies: list[Policy] = [
        MultilayerPerceptronPolicy(1, 8, 3),
        TransformerPolicy(1, 4, 4),
        TransformerPolicy(1, 16, 3, width=16),
    ]
    rows = []
    for policy in policies[: 2 if quick else 3]:
        parameters = policy.initial_parameters(jax.random.key(1))
        size = sum(leaf.size for leaf in jax.tree.leaves(parameters))
        kind = type(policy).__name__.removesuffix("Policy")
        case = f"Fisher norm, {kind}, {outputs(policy):,} outputs, {size:,} parameters"
        key = jax.random.key(2)
        seconds, first, found = timed(partial(estimate_fisher_norm, policy, parameters, 0, key))
        count = int(found.products)
        bare, _, _ = timed(partial(bare_products, policy, parameters, 0, key, count))
        lower, upper = float(found.lower), float(found.upper)
        gap = f"upper/lower - 1 = {upper / lower - 1:.0e}"
        rows += [
            [case, f"flatscape, {count} products", milliseconds(seconds), "", gap, f"{first:.1f}"],
            [case, f"the {count} products alone", milliseconds(bare), f"{bare / seconds:.2f}x", "", ""],
        ]
        if outputs(policy) > LARGEST_DENSE:
            continue
        dense, first, exact = timed(partial(jax.jit(fisher_norms), policy, parameters), 3)
        if not lower * (1 - 1e-12) <= float(exact[0]) <= upper * (1 + 1e-12):
            raise RuntimeError(f"{case}: {exact[0]} is not in [{lower}, {upper}]")
        rows.append([case, "dense matrix", milliseconds(dense), f"{dense / seconds:.1f}x", "enclosed", f"{first:.1f}"])
    return rows


def ascent_problem(policy: Policy) -> PolicyProblem:
    """A random problem with a little KL regularisation."""
    rng = np.random.default_rng(5)
    shape = (policy.prompts, outputs(policy))
    return make_policy_problem(
        policy,
        policy.initial_parameters(jax.random.key(3)),
        proxy_reward=rng.uniform(-1, 1, shape),
        ground_truth_reward=rng.uniform(-1, 1, shape),
        kl_coefficient=0.05,
    )


@partial(jax.jit, static_argnames="steps")
def ascent(problem: PolicyProblem, steps: int) -> Any:
    """Parameters after that many steps of gradient ascent."""

    def step(_: jax.Array | int, parameters: Any) -> Any:
        gradient = objective_gradient(problem, parameters)
        return jax.tree.map(lambda leaf, slope: leaf + STEP * slope, parameters, gradient)

    return jax.lax.fori_loop(0, steps, step, jax.tree.map(jnp.asarray, problem.parameters))


def torch_ascent(problem: PolicyProblem, steps: int) -> Any:
    """The same with PyTorch: all outputs of all prompts as one batch of sequences, masked attention, autograd."""
    policy = problem.policy
    assert isinstance(policy, TransformerPolicy)
    sequences = torch.tensor(list(product(range(policy.vocabulary), repeat=policy.length)))
    tokens = sequences.repeat(policy.prompts, 1)
    prompts = torch.arange(policy.prompts).repeat_interleave(len(sequences))
    inputs = torch.cat([torch.zeros(len(tokens), 1, dtype=torch.long), tokens[:, :-1] + 1], dim=1)
    hidden_later = torch.triu(torch.ones(policy.length, policy.length, dtype=torch.bool), 1)
    reward, reference = torch.tensor(problem.proxy_reward), torch.tensor(problem.log_reference)
    coefficient, size = float(problem.kl_coefficient), policy.width // policy.heads
    theta = {name: torch.tensor(leaf, requires_grad=True) for name, leaf in problem.parameters.items()}

    def normalised(x: Any) -> Any:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)

    def heads(x: Any) -> Any:
        return x.view(len(tokens), policy.length, policy.heads, size).transpose(1, 2)

    for _ in range(steps):
        x = theta["prompt"][prompts][:, None] + theta["token"][inputs] + theta["position"]
        for block in range(policy.blocks):
            query, key, value = map(heads, (normalised(x) @ theta["attention"][block]).split(policy.width, dim=-1))
            scores = (query @ key.transpose(-1, -2) / size**0.5).masked_fill(hidden_later, -torch.inf)
            mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape)
            x = x + mixed @ theta["projection"][block]
            expanded = torch.nn.functional.gelu(normalised(x) @ theta["expand"][block], approximate="tanh")
            x = x + expanded @ theta["contract"][block]
        logs = (normalised(x) @ theta["output"]).log_softmax(-1).gather(-1, tokens[..., None]).sum((1, 2))
        log_policy = logs.view(reward.shape)
        objective = (log_policy.exp() * (reward - coefficient * (log_policy - reference))).sum(1).mean()
        slopes = torch.autograd.grad(objective, list(theta.values()))
        with torch.no_grad():
            for leaf, slope in zip(theta.values(), slopes, strict=True):
                leaf += STEP * slope
    return {name: leaf.detach().numpy() for name, leaf in theta.items()}


def numpy_ascent(problem: PolicyProblem, steps: int) -> Any:
    """The same with NumPy: every prefix computed once, and the backward pass of a perceptron by hand."""
    policy = problem.policy
    assert isinstance(policy, MultilayerPerceptronPolicy)
    prompts, vocabulary, length = policy.prompts, policy.vocabulary, policy.length
    contexts = enumerate_contexts(prompts, vocabulary, length)
    # Which embeddings are added up at each context, as matrices of zeros and ones.
    of_prompt = np.eye(prompts)[contexts.prompt]
    marks = np.zeros((len(contexts.prompt), length, vocabulary + 1))
    rows, places = np.nonzero(contexts.in_chain)
    marks[rows, places, contexts.token[contexts.chain[rows, places]]] = 1
    of_token = marks.reshape(len(marks), -1)
    levels = [prefix_count(vocabulary, depth) for depth in range(length + 1)]
    coefficient = float(problem.kl_coefficient)
    theta = jax.tree.map(np.array, problem.parameters)
    for _ in range(steps):
        layers = [of_prompt @ theta["prompt"] + of_token @ theta["token"].reshape(-1, policy.width)]
        for weights, bias in zip(theta["hidden"], theta["bias"], strict=True):
            layers.append(np.tanh(layers[-1] @ weights + bias))
        logits = layers[-1] @ theta["output"] + theta["output_bias"]
        logits -= logits.max(axis=-1, keepdims=True)
        logs = (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).reshape(prompts, -1, vocabulary)
        log_policy = np.zeros((prompts, 1))
        for first, last in pairwise(levels):
            log_policy = (log_policy[:, :, None] + logs[:, first:last]).reshape(prompts, -1)
        probability = np.exp(log_policy)
        regularized = problem.proxy_reward - coefficient * (log_policy - problem.log_reference)
        weight = probability * (regularized - (probability * regularized).sum(axis=1, keepdims=True)) / prompts
        slope = np.empty_like(logs)
        for first, last in reversed(list(pairwise(levels))):
            through = weight.reshape(prompts, last - first, vocabulary)
            weight = through.sum(axis=-1)
            slope[:, first:last] = through - np.exp(logs[:, first:last]) * weight[:, :, None]
        slope = slope.reshape(-1, vocabulary)
        back = slope @ theta["output"].T
        theta["output"] += STEP * layers[-1].T @ slope
        theta["output_bias"] += STEP * slope.sum(axis=0)
        for k in reversed(range(policy.layers)):
            inner = back * (1 - layers[k + 1] ** 2)
            back = inner @ theta["hidden"][k].T
            theta["hidden"][k] += STEP * layers[k].T @ inner
            theta["bias"][k] += STEP * inner.sum(axis=0)
        theta["prompt"] += STEP * of_prompt.T @ back
        theta["token"] += STEP * (of_token.T @ back).reshape(theta["token"].shape)
    return theta


def ascent_rows(policy: Policy, name: str, other: Callable[[PolicyProblem, int], Any] | None, steps: int) -> list:
    """Ours and the alternative's time for one trajectory, which have to agree at its end."""
    kind = type(policy).__name__.removesuffix("Policy")
    case = f"{steps} steps of ascent, {kind}, {outputs(policy)} outputs x {policy.prompts} prompts"
    problem = ascent_problem(policy)
    seconds, first, found = timed(partial(ascent, problem, steps))
    rows = [[case, "flatscape", milliseconds(seconds), "", "", f"{first:.1f}"]]
    if other is None:
        return [*rows, [case, f"{name} (not installed)", "", "", "", ""]]
    theirs, _, expected = timed(partial(other, problem, steps), 3)
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
    difference = max(float(np.max(np.abs(np.asarray(one) - two))) for one, two in pairs)
    if difference > AGREEMENT:
        raise RuntimeError(f"{case}: {name} ends {difference:.1e} away from ours")
    return [*rows, [case, name, milliseconds(theirs), f"{theirs / seconds:.1f}x", f"{difference:.0e} apart", ""]]


def transformer_rows(quick: bool) -> list[list[str]]:
    """Gradient ascent of a transformer of two blocks, against PyTorch."""
    alternative = None if torch is None else torch_ascent
    return ascent_rows(TransformerPolicy(3, 4, 4), "PyTorch", alternative, 50 if quick else 200)


def perceptron_rows(quick: bool) -> list[list[str]]:
    """Gradient ascent of a perceptron of two layers, against NumPy."""
    return ascent_rows(MultilayerPerceptronPolicy(3, 4, 4), "NumPy", numpy_ascent, 50 if quick else 200)


def flow_rows(quick: bool) -> list[list[str]]:
    """Hitting times of gradient flow for many two-block transformers of 256 outputs and three prompts."""
    count = 50 if quick else 500
    policy = TransformerPolicy(3, 4, 4)
    rng = np.random.default_rng(0)
    shape = (policy.prompts, outputs(policy))
    problems = []
    for k in range(count):
        proxy = rng.uniform(-1, 1, shape)
        parameters = jax.tree.map(np.asarray, policy.initial_parameters(jax.random.key(k)))
        truth = np.clip(0.5 * proxy + 0.5 * rng.uniform(-1, 1, shape), -1, 1)
        problems.append(make_policy_problem(policy, parameters, proxy_reward=proxy, ground_truth_reward=truth))
    batch = stack_policy_problems(problems)
    started = time.perf_counter()
    parameter_hitting_times(batch[:1], 0.2)
    first = time.perf_counter() - started
    started = time.perf_counter()
    found = parameter_hitting_times(batch, 0.2)
    seconds = time.perf_counter() - started
    error = float(np.nanmax(found.relative_error))
    check = f"{int(found.reached.sum())} reached, largest error {error:.0e}"
    case = f"hitting times, transformer, {count} problems of 256 outputs x 3 prompts"
    return [[case, "flatscape", f"{seconds:.0f} s", "", check, f"{first:.1f}"]]


MEASUREMENTS = (fisher_rows, transformer_rows, perceptron_rows, flow_rows)
"""What is measured, in the order of the table: each takes `quick` and returns rows of `COLUMNS`."""


def main() -> None:
    """Runs all measurements and prints the table."""
    options = parse_options(__doc__, "parameter_space", "fewer steps, and none of the largest policy")
    jax.config.update("jax_enable_compilation_cache", False)
    jax.config.update("jax_enable_x64", True)
    rows = [row for measure in MEASUREMENTS for row in measure(options.quick)]
    used = versions() | {"torch": "not installed" if torch is None else torch.__version__}
    write_report(options, COLUMNS, rows, versions=used)


if __name__ == "__main__":
    main()
