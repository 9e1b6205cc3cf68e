"""Every bound, once: lower and upper bounds on `t_gamma`, bounds in parameter space, and the lemmas behind them."""
