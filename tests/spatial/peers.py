"""Published maps that libpysal's wheel carries, as the arrays that `spatial` takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse


def published_map(name: str) -> tuple[dict[str, np.ndarray], scipy.sparse.csr_array, Any]:
    """Return columns, binary contiguity, and the same contiguity as libpysal's object."""
    libpysal = pytest.importorskip("libpysal")
    table, graph, columns = {
        "sids2": ("sids2.dbf", "sids2.gal", ("SID74", "BIR74", "SIDR74", "SID79", "BIR79")),
        "stl": ("stl_hom.csv", "stl.gal", ("HC7984", "PO7984", "HR8893", "RDAC85")),
        "columbus": ("columbus.dbf", "columbus.gal", ("CRIME", "HOVAL", "INC")),
    }[name]
    opened = libpysal.io.open(libpysal.examples.get_path(table))
    found = {column: np.array(opened.by_col(column), dtype=float) for column in columns}
    neighbours = libpysal.io.open(libpysal.examples.get_path(graph)).read()
    # Rows of the sparse matrix follow the ids' order in the file, which is that of the table.
    return found, scipy.sparse.csr_array(neighbours.sparse), neighbours


def row_standardised(weights: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """Return weights whose rows sum to 1."""
    total = np.maximum(weights.sum(axis=1), 1e-300)
    return scipy.sparse.csr_array(scipy.sparse.diags_array(1 / total) @ weights)
