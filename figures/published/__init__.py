"""The paper's own tables, and arithmetic on them."""
