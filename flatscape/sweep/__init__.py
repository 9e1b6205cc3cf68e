"""Sweeps: as many problems as a Parquet file holds, simulated part by part into another one."""
