"""Which column of a file is what: named by an option, or by one of the usual headers."""

from __future__ import annotations

from collections.abc import Mapping

from geodata.profiles import Profile

HEADERS: dict[str, tuple[str, ...]] = {
    "code": (
        "code", "place_code", "编码", "代码", "编号", "点位编码", "小区编码", "点位编号",
        "小区编号", "place_id", "id",
    ),
    "name": (
        "name", "place_name", "名称", "点位名称", "小区名称", "村名", "点位", "小区",
        "小区/村名称", "标准名称",
    ),
    "aliases": ("aliases", "alias", "别名", "曾用名", "俗称", "其他名称"),
    "kind": ("kind", "type", "类型", "类别", "点位类型", "点位类别", "种类"),
    "address": ("address", "地址", "详细地址", "标准地址", "门牌地址", "门牌", "坐落"),
    "township": (
        "township_code", "township", "街乡镇", "街道", "乡镇", "街镇", "所属街道", "所属街乡镇",
        "所在街道",
    ),
    "district": ("district", "区", "区县", "行政区", "所属区", "所在区"),
    "households": ("households", "户数", "总户数", "居民户数"),
    "population": ("population", "人口", "人口数", "常住人口", "居住人口"),
    "valid_from": ("valid_from", "生效日期", "启用日期", "有效期起"),
    "valid_to": ("valid_to", "失效日期", "停用日期", "有效期止"),
    "lng": ("lng", "lon", "longitude", "经度", "经度坐标"),
    "lat": ("lat", "latitude", "纬度", "纬度坐标"),
}  # fmt: skip
"""Field → headers by which it is known, the preferred one first; width, case, spaces and bracketed
notes make no difference."""

NO_COLUMN = ""
"""In place of a header: no column is to be taken for the field."""

ALIAS_SEPARATORS = r"[;；、|\n]"
"""Between the aliases in a cell. A comma may stand in an address."""


def place_columns(chosen: Mapping[str, str | None], *, required: tuple[str, ...]) -> Profile:
    """Return how the columns of a file are told.

    Parameters
    ----------
    chosen : mapping
        Field → header that was named for it; such a column must be there. `NO_COLUMN`: the file
        has none, whatever its headers say.
    required : tuple of str
        Fields that a file cannot be without.

    Examples
    --------
    >>> place_columns({"name": "村"}, required=("lng", "lat")).headers_of("name")
    ('村',)
    """
    named = {field: (header,) for field, header in chosen.items() if header}
    without = {field: () for field, header in chosen.items() if header == NO_COLUMN}
    # The rules of case profiles (an id, a time) do not apply: only the reading of tables is shared.
    return Profile.model_construct(
        name="places",
        zone="UTC",
        columns={**HEADERS, **named, **without},
        required=tuple(dict.fromkeys((*named, *required))),
    )
