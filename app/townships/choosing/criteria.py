"""By what townships are compared: each criterion, its direction, its group and default weight."""

from __future__ import annotations

from dataclasses import dataclass

from spatial.candidates import HIGH, LOW

DEMAND, SPACE, BASE, SETTING = "demand", "space", "base", "setting"


@dataclass(frozen=True)
class Group:
    """Criteria that speak of one thing, and are shown as one colour."""

    key: str
    zh: str
    en: str


GROUPS = (
    Group(DEMAND, "诉求集中", "Concentrated demand"),
    Group(SPACE, "空间聚集", "Spatial clustering"),
    Group(BASE, "基础薄弱", "Weak base"),
    Group(SETTING, "规模与城乡", "Size and setting"),
)

COMPARED_GROUPS = (DEMAND, SPACE, BASE)
"""In which townships beat one another; size and setting are no need."""


@dataclass(frozen=True)
class Criterion:
    """One criterion.

    Attributes
    ----------
    weight : float
        Share of the score (系统默认: ours, no policy gives one).
    direction : str
        Which end speaks for governing: ``high`` or ``low``.
    unit_zh, unit_en : str
        Of its value.
    """

    key: str
    zh: str
    en: str
    group: str
    weight: float
    direction: str
    unit_zh: str
    unit_en: str
    note_zh: str
    note_en: str


CRITERIA = (
    Criterion(
        "volume", "诉求量", "Volume", DEMAND, 0.12, HIGH, "件", "cases",
        "全期诉求件数，含仅知街乡镇的诉求",
        "cases of the whole span, those that only name the township included",
    ),
    Criterion(
        "rate", "万人诉求比", "Rate per 10,000", DEMAND, 0.16, HIGH, "件/万人", "per 10,000",
        "全期诉求除以人口，经验贝叶斯收缩",
        "cases over residents, shrunk by empirical Bayes",
    ),
    Criterion(
        "top_months", "进前十月数", "Months in the top ten", DEMAND, 0.08, HIGH, "个月", "months",
        "自然月全量诉求量（按来电日期、空间落点）居全市前十（且不少于 5 件）的月数",
        "calendar months with one of the city's ten largest counts of all cases by place and day "
        "received (and 5 cases or more)",
    ),
    Criterion(
        "repeat", "重复反映占比", "Repeat share", DEMAND, 0.05, HIGH, "%", "%",
        "同一问题的第二件及以后的诉求占全部诉求的比例；"
        "同一点位或 60 米内、同一分类、相隔不超过 7 天为同一问题",
        "share of cases that tell again of an incident: same place or within 60 m, same class, "
        "7 days apart at most",
    ),
    Criterion(
        "hot_share", "聚集区占比", "Hot-cell share", SPACE, 0.12, HIGH, "%", "%",
        "参与检验的六边形单元中显著聚集（q<0.05）的比例",
        "share of tested cells that are hot at q < .05",
    ),
    Criterion(
        "emerging", "新增或持续聚集占比", "Emerging or lasting share", SPACE, 0.06, HIGH, "%", "%",
        "参与检验的六边形单元中属新增、连续、加强或持续聚集的比例",
        "share of tested cells that are new, consecutive, intensifying or persistent hot spots",
    ),
    Criterion(
        "points", "高频点位数", "High-frequency points", SPACE, 0.08, HIGH, "个", "points",
        "位于本街乡镇的高频点位数",
        "number of high-frequency points in the township",
    ),
    Criterion(
        "unresolved", "未解决率", "Unresolved share", BASE, 0.10, HIGH, "%", "%",
        "回访答了是否解决的诉求中未解决的比例：未写明是否有效的回访也计入，没有回答的不计。"
        "考核的解决率只计有效回访，没有回答的算未解决，两者不互补",
        "share of the callbacks that answer it that were not resolved: those not marked as valid "
        "or not count, those without this answer do not. The resolution rate of an assessment is "
        "of valid callbacks, an open answer counts as no: the two need not add up to 100 %",
    ),
    Criterion(
        "response", "响应率", "Response rate", BASE, 0.02, LOW, "%", "%",
        "有回访结论的诉求中及时响应的比例，低者优先",
        "share of cases with a callback answer that were responded to; low speaks for",
    ),
    Criterion(
        "satisfaction", "满意率", "Satisfaction rate", BASE, 0.06, LOW, "%", "%",
        "有评价的诉求中满意的比例，基本满意按 0.9 计，低者优先",
        "share of rated cases that are satisfied, basically satisfied as 0.9; low speaks for",
    ),
    Criterion(
        "backlog", "积压率", "Backlog", BASE, 0.07, HIGH, "%", "%",
        "期末前到期的诉求中期末仍未办结的比例",
        "share of cases due by the end of the span that were still open then",
    ),
    Criterion(
        "population", "常住人口", "Population", SETTING, 0.03, HIGH, "人", "people",
        "边界数据给出的人口",
        "as the boundaries give it",
    ),
    Criterion(
        "area", "面积", "Area", SETTING, 0.02, HIGH, "平方公里", "km²",
        "边界按等积投影量算",
        "of the boundary in an equal-area projection",
    ),
    Criterion(
        "mix", "城乡交织度", "Urban–rural mix", SETTING, 0.03, HIGH, "", "",
        "居民在城区、城镇、乡村三类密度中分布的均匀程度（熵），0 为单一，1 为各占三分之一",
        "evenness (entropy) of residents over urban, town and rural densities: 0 all in one, "
        "1 a third in each",
    ),
)  # fmt: skip

DEFAULT_WEIGHTS = {criterion.key: criterion.weight for criterion in CRITERIA}
DIRECTIONS = {criterion.key: criterion.direction for criterion in CRITERIA}

EARLIER_GROUPS = {"growth": DEMAND, **{each.key: each.group for each in CRITERIA}}
"""Groups of the criteria of runs that do not name them."""
