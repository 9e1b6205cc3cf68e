"""Files and frames of any kind as tables of records, without a view on what their columns mean."""
