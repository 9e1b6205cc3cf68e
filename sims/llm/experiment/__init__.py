"""The paper's experiment (Section 4.1) on a language model: reward models made, measured, and raced as teachers."""
