"""The sample city 安和市: nobody's real place, made from a seed, with known truth for tests."""

from geodata.sample.city import City, make_city
from geodata.sample.files import Export, SampleFiles, write_city

__all__ = ["City", "Export", "SampleFiles", "make_city", "write_city"]
