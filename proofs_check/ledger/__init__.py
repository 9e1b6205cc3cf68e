"""The ledger: what a run consists of, how it is run and resumed, and the file that it leaves."""
