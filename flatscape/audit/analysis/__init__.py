"""Numbers of an audit: measures, simulated teaching, and the order of teachers that they bear out."""
