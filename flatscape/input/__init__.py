"""What commands read: a person's files and folders, checked before anything is computed."""
