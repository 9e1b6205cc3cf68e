"""Independent restatements of the statements, compared at points with the code: it has to be the formula proved."""
