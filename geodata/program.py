"""What parts of the program are, by their source: for what is kept and must not outlive them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def source_digest(*packages: ModuleType) -> bytes:
    """Return a digest of the source of some packages and all below them.

    Examples
    --------
    >>> import geodata
    >>> len(source_digest(geodata))
    32
    """
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.digest()
