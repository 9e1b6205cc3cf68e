"""`python -m flatscape`."""

from flatscape.cli import main

main()
