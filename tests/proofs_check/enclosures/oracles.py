"""Hitting times with forty digits by other means, and problems to try them on."""

from __future__ import annotations

from mpmath import mp, mpf

from theory.tabular.problem import make_problem

DIGITS = 40


def problem_of(logits, proxy, truth, coefficient=0.0, prompts=1):
    """A single problem."""
    return make_problem(
        initial_logits=logits,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=coefficient,
        prompts=prompts,
    )


def two_output_time(problem, increase):
    """`t_gamma` for two outputs by quadrature of `dt = |S| dp / (2 p^2 (1-p)^2 D)`, `D` the difference of `r_KL`.

    The textbook velocity of the first output's probability, written in its log-odds; the watched reward must favour the
    output that the reward model favours.
    """
    with mp.workdps(DIGITS):
        a, b = (mpf(float(x)) for x in problem.initial_log_probabilities)
        r = [mpf(float(x)) for x in problem.proxy_reward]
        g = [mpf(float(x)) for x in problem.ground_truth_reward]
        coefficient, prompts = mpf(float(problem.kl_coefficient)), mpf(float(problem.prompts))
        start = 1 / (1 + mp.exp(b - a))
        end = start + mpf(float(increase)) / (g[0] - g[1])
        z0, z1 = a - b, mp.log(end / (1 - end))

        def slowness(z):
            p = 1 / (1 + mp.exp(-z))
            return 1 / (2 * p * (1 - p) * (r[0] - r[1] - coefficient * (z - z0)))

        return prompts * mp.quad(slowness, mp.linspace(z0, z1, 6))


def integrated_gap(problem, increase, time, digits=DIGITS):
    """`V(time) - V(0) - gamma` and its rate, from a Taylor-series solution of `theta' = p A / |S|` by mpmath."""
    with mp.workdps(digits):
        theta0 = [mpf(float(x)) for x in problem.initial_log_probabilities]
        r = [mpf(float(x)) for x in problem.proxy_reward]
        g = [mpf(float(x)) for x in problem.ground_truth_reward]
        coefficient, prompts = mpf(float(problem.kl_coefficient)), mpf(float(problem.prompts))

        def policy(theta):
            weights = [mp.exp(x) for x in theta]
            return [w / mp.fsum(weights) for w in weights]

        def field(_, theta):
            p = policy(theta)
            reward = [ri - coefficient * (x - x0) for ri, x, x0 in zip(r, theta, theta0, strict=True)]
            mean = mp.fdot(p, reward)
            return [pi * (x - mean) / prompts for pi, x in zip(p, reward, strict=True)]

        theta = mp.odefun(field, 0, theta0)(time)
        p, velocity = policy(theta), field(0, theta)
        drift = mp.fdot(p, velocity)
        rate = mp.fsum(pi * (v - drift) * x for pi, v, x in zip(p, velocity, g, strict=True))
        return mp.fdot(p, g) - mp.fdot(policy(theta0), g) - mpf(float(increase)), rate


def as_mpf(ball):
    """The middle of a ball, exactly."""
    mantissa, exponent = ball.mid().man_exp()
    with mp.workdps(120):
        return mpf(int(mantissa)) * mpf(2) ** int(exponent)


def holds(enclosure, time):
    """Whether an enclosure contains a number known to about `DIGITS - 5` digits."""
    with mp.workdps(DIGITS):
        slack = abs(time) * mpf(10) ** (8 - DIGITS)
        return as_mpf(enclosure.lower) - slack <= time <= as_mpf(enclosure.upper) + slack
