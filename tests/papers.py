"""Word files that pages give, as a test reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from docx import Document
from werkzeug.test import TestResponse

MILLIMETRE = 36_000
"""In the units that Word files are measured in here."""


@dataclass(frozen=True)
class Read:
    """What stands in a file: its paragraphs, and the rows of each table."""

    texts: list[str]
    tables: list[list[list[str]]]


def read_paper(answer: TestResponse) -> Read:
    """Read the answer of a page that gives a Word file, which must be on A4."""
    assert answer.status_code == 200
    file = Document(io.BytesIO(answer.data))
    page = file.sections[0]
    size = (page.page_width / MILLIMETRE, page.page_height / MILLIMETRE)
    assert size == pytest.approx((210, 297), abs=0.1)
    room = page.page_width - page.left_margin - page.right_margin
    for table in file.tables:
        width = sum(cell.width for cell in table.rows[0].cells if cell.width)
        assert width <= room + MILLIMETRE / 10
    return Read(
        [paragraph.text for paragraph in file.paragraphs],
        [[[cell.text for cell in row.cells] for row in table.rows] for table in file.tables],
    )
