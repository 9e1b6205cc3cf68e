"""The documentation site: pages made from register, catalog of figures and docstrings, beside those of docs/."""
