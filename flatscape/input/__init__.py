"""Input of commands: a person's files and folders, checked before anything is computed."""
