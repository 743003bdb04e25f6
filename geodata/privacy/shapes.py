"""How a line is built, where it cannot be told which part of it is a name."""

from __future__ import annotations

import re

_SHAPE_LENGTH = 80


def shape_of(text: str) -> str:
    """Keep how a line is built and nothing of what it says.

    Where it cannot be told which cell is a name, nothing could be masked reliably.

    Examples
    --------
    >>> shape_of("张三,13812345678,road 5")
    '**,00000000000,**** 0'
    """
    return re.sub(r"[^\W\d]", "*", re.sub(r"\d", "0", text[:_SHAPE_LENGTH]))
