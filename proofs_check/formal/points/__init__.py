"""Points at which theorems of Coq and the register are both evaluated, and what the register says there."""
