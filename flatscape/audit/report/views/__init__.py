"""What the page's template shows, made from a record: policies, figures, the source."""
