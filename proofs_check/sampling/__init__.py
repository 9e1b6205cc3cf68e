"""Evidence by sampling: statements evaluated on random instances, judged and counted."""
