"""Meanings of the letters of theorems: a theorem is used where the letters mean the same (`smt.claims.Use`)."""

from __future__ import annotations

LOG_PART = "p (ln(p/q) - KL) of an output"
MEAN_LOG_PART = "mean of p (ln(p/q) - KL)"
LARGEST_LOG = "ln(1 / min q)"
HALF_OVER_E = "1/(2e)"
GRADIENT = "norm of the gradient of one prompt's objective"
VARIANCE = "variance of one prompt's regularised reward"
FISHER_NORM = "largest eigenvalue of one prompt's Fisher information"
LENGTH = "length of the outputs"
ROOT_OF_LENGTH = "square root of the length of the outputs"
CONTRAST_NORM = "contrast norm of the Jacobian"
SPECTRAL_NORM = "spectral norm of the Jacobian"
SCORE = "score of an output along a unit vector"
SCORE_STEP = "sqrt 2 times the contrast norm"
SCORE_NORM = "largest norm of a score"
MEAN_FISHER_NORM = "largest eigenvalue of the mean over prompts of the Fisher information"
ROOT_OF_MEAN_FISHER_NORM = "square root of the largest eigenvalue of the mean over prompts of the Fisher information"
ROOT_OF_FISHER_NORM = "square root of the largest eigenvalue of the watched prompt's Fisher information"
LARGEST_ADVANTAGE = "largest absolute advantage"
REWARD_SPEED = "derivative of the watched expected reward along a unit vector"
COSINE = "cosine of the arcsine of the watched expected reward"
COEFFICIENT = "KL coefficient"
SPEED = "norm of the velocity of the parameters"
MEAN_VARIANCE = "mean over prompts of the variance of the regularised reward"
DEVIATION = "square root of the mean over prompts of the variance of the regularised reward"
MOMENT = "mean of the squared advantage times the score along the velocity"
VARIANCE_RATE = "time derivative of the mean over prompts of the variance of the regularised reward"
INCREASE = "gamma"
OUR_TIME = "S4's bound on the hitting time"
PAPER_TIME = "Theorem 4's bound on the hitting time"

MOVING = {
    "X": SPEED,
    "Y": MOMENT,
    "v": DEVIATION,
    "v**2": MEAN_VARIANCE,
    "ell": ROOT_OF_LENGTH,
    "ell**2": LENGTH,
    "K": SCORE_STEP,
    "rate": VARIANCE_RATE,
}
"""What the letters of `inequalities.parametric.variance_growth` stand for."""
