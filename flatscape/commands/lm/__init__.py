"""The subcommands of `flatscape lm`."""
