"""The first fault of every row, and the rejects made of them."""

import polars as pl
import pyarrow as pa

from geodata.reading.rejects import build_rejects
from geodata.reading.tables import no_rejects
from geodata.schema import SOURCE_ROW


class Faults:
    """Collects faults of the rows of a table; of several in one row the first told counts.

    Parameters
    ----------
    height : int
        Number of rows.
    """

    def __init__(self, height: int) -> None:
        self._rows = pl.repeat(False, height, eager=True)
        self._told: list[tuple[pl.Series, str, str, pl.Series | None]] = []

    def add(self, field: str, rule: str, broken: pl.Series, values: pl.Series | None) -> None:
        """Tell that in the rows where `broken` the values of `field` break `rule`."""
        new = broken.fill_null(False) & ~self._rows
        if new.any():
            self._told.append((new.arg_true(), field, rule, values))
            self._rows = self._rows | new

    @property
    def rows(self) -> pl.Series:
        """Boolean: the row has a fault."""
        return self._rows

    def __bool__(self) -> bool:
        return bool(self._told)

    def rejects(
        self, case_id: pl.Series, source_row: pl.Series, headers: dict[str, str]
    ) -> pa.Table:
        """Make rejects of the faulty rows, in the order of the file."""
        if not self._told:
            return no_rejects()
        names = pl.DataFrame({SOURCE_ROW: source_row, "case_id": case_id})
        parts = [self._part(names, *told) for told in self._told]
        faulty = pl.concat(parts).sort(SOURCE_ROW, maintain_order=True)
        return build_rejects(
            faulty[SOURCE_ROW].to_list(),
            faulty["case_id"].to_list(),
            faulty["field"].to_list(),
            faulty["value"].to_list(),
            faulty["rule"].to_list(),
            headers=headers,
        )

    @staticmethod
    def _part(
        names: pl.DataFrame, rows: pl.Series, field: str, rule: str, values: pl.Series | None
    ) -> pl.DataFrame:
        value = pl.lit(None, pl.String) if values is None else values.gather(rows).cast(pl.String)
        return names[rows].with_columns(field=pl.lit(field), value=value, rule=pl.lit(rule))
