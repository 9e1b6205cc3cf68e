"""What the columns of a table mean: the formats of trainers and benchmarks, and flat tables."""
