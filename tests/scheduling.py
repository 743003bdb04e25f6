"""In which order the files of a run go to its workers, and which go to one of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/e2e/"

OWN_CITY = ("tests/e2e/test_year.py", "tests/e2e/test_accessibility.py")
"""Browser tests that look at a city of their own."""

LONGEST_FIRST = (
    BROWSER,
    "tests/geodata/nothing_lost/",
    "tests/geodata/fuzz/test_fuzz.py",
    "tests/app/fuzz/",
    "tests/deploy/",
    "tests/app/accounts/test_areas.py",
    "tests/app/operations/",
    "tests/pipeline/",
    "tests/geodata/engines/",
    "tests/spatial/test_calibration.py",
)
"""Files that take minutes though their tests are few. What is left at the end must be short, or one
worker waits for the other."""


class CityScheduling(LoadFileScheduling):
    """Files stay whole; those that look at the sample city go to one worker, which serves it once.

    A worker that comes to the sample city while another makes it has nothing to do until then.
    """

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        # Otherwise files with few tests come last, however long they take.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return BROWSER if file.startswith(BROWSER) and file not in OWN_CITY else file


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests in the order in which their files begin; those of a file keep theirs."""
    files = [item.nodeid.partition("::")[0] for item in items]
    tests = Counter(files)

    def place(at: int) -> tuple[int, int, str]:
        file = files[at]
        if file in OWN_CITY:
            return 0, 0, file
        for rank, start in enumerate(LONGEST_FIRST):
            if file.startswith(start):
                return rank, 1, file
        return len(LONGEST_FIRST), -tests[file], file

    return [items[at] for at in sorted(range(len(items)), key=place)]
