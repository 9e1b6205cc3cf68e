"""Reports of an audit: the record that JSON has, and the tables on a terminal."""
