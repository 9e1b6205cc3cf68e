"""The paper's figures and tables, each from an experiment in miniature, beside what the paper prints of its own."""
