"""The control problem of S3+: how fast the variance can grow, and what that says of hitting times."""
