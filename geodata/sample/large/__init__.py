"""Sample cities of any size, streamed: for tests of load and scale."""

from geodata.sample.large.order import CSV, FORMATS, PARQUET, Order
from geodata.sample.large.writing import LargeSample, write_large_city

__all__ = ["CSV", "FORMATS", "PARQUET", "LargeSample", "Order", "write_large_city"]
