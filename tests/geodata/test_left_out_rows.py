"""A few rows, and columns as dictionaries, from month files that leave columns out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geodata.left_out import read_columns, read_rows


@pytest.fixture
def month_file(tmp_path):
    path = tmp_path / "month.parquet"
    rows = pa.table({"case_id": [f"C{i}" for i in range(10)], "channel": ["电话", None] * 5})
    pq.write_table(rows, path, row_group_size=3)
    return path


@pytest.mark.parametrize("rows", [[0], [9, 0, 4, 3], [5, 5], list(range(10))])
def test_rows_come_in_the_order_asked_for(month_file, rows):
    found = read_rows(month_file, ["channel", "case_id", "title"], np.array(rows))
    assert found["case_id"].to_pylist() == [f"C{row}" for row in rows]
    assert found["channel"].to_pylist() == ["电话" if row % 2 == 0 else None for row in rows]
    assert found["title"].null_count == len(rows)


def test_columns_as_dictionaries_say_the_same(month_file):
    names = ["case_id", "channel", "kind"]
    coded = read_columns(month_file, names, coded=True)
    assert coded.to_pylist() == read_columns(month_file, names).to_pylist()
    assert [pa.types.is_dictionary(field.type) for field in coded.schema] == [False, True, True]
