"""What the paper's figures and tables are built with."""
