"""Whole columns: what cannot hold anything personal is told apart by one compiled expression."""

from __future__ import annotations

import polars as pl

from geodata.privacy.masking import mask_address

_MAY_TELL = (
    r"\d{3}|[-－—#]|[@＠室房户]|\((?i:at)\)|\[(?i:at)\]"
    r"|[零〇一二三四五六七八九幺两]{9}"
    # Every form of a name has one of these.
    r"|[人主东户客民长机者生人子女亲夫妻公婆友伴哥弟姐妹众居板工邻叫姓名是太志爷妈姨叔奶傅师本法]"
    r"|微信|威信|[Vv]信|QQ|qq|支付宝|抖音|快手|微博|旺旺|[Vv][Xx]|WECHAT|[Ww]e[Cc]hat"
    r"|[A-Za-z]\d|\d[A-Za-z]|[A-Za-z]|字第"
)


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
    told = distinct.filter(distinct.str.contains(_MAY_TELL))
    masked = pl.Series([mask_address(text) for text in told], dtype=pl.String)
    return texts.replace(told, masked)
