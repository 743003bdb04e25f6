"""Whole columns of texts."""

from __future__ import annotations

import polars as pl

from geodata.privacy.masking import mask_address


def mask_column(texts: pl.Series) -> pl.Series:
    """Mask as `mask_address` does, each distinct text once.

    Parameters
    ----------
    texts : polars.Series of str, length n

    Returns
    -------
    polars.Series of str, length n
        Null where a text is.

    Examples
    --------
    >>> mask_column(pl.Series(["路灯不亮", "我叫李四，路灯不亮", None])).to_list()
    ['路灯不亮', '我叫***，路灯不亮', None]
    """
    distinct = texts.drop_nulls().unique()
    masked = pl.Series([mask_address(text) for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, masked, return_dtype=pl.String)
