"""The pages of `out/`: the gallery and the ledger, as HTML and Markdown."""
