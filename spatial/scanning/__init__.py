"""Scan statistics: clusters of any place, size and time, with p-values that hold for all of them.

`spatial.scan` is the way in. Models, zones, searches and significance stand in modules of their
own.
"""

from spatial.scanning.analysis import Scan, scan
from spatial.scanning.clusters import Cluster
from spatial.scanning.expected import expected_cases, person_time

__all__ = ["Cluster", "Scan", "expected_cases", "person_time", "scan"]
