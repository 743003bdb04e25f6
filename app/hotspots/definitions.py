"""What exactly each layer of the map shows, in words and with the parameters of one run.

A definition names the null, the tail, the correction and every parameter, so that a colour can be
explained in a meeting without the documents at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.courses.categories import (
    CATEGORIES,
    category_key,
    category_meaning,
    category_name,
)
from app.hotspots.measures import measure_name
from app.hotspots.method import dispersion_used
from app.hotspots.points.expectations import SOURCES
from app.hotspots.points.rules import run_rules
from app.hotspots.runs import RunSummary
from app.hotspots.significance import NOT_TESTED
from app.translation import _
from app.web import language
from spatial.points.incidents import INCIDENT_DAYS


@dataclass(frozen=True)
class Fact:
    """One line of a definition."""

    label: str
    value: str


@dataclass(frozen=True)
class Term:
    """One of the words that a layer uses; ``count`` is how many of it the run has."""

    key: str
    name: str
    text: str
    count: int | None = None


@dataclass(frozen=True)
class Definition:
    """A layer in words.

    Attributes
    ----------
    missing : str or None
        Why the run does not have this layer.
    more : Fact or None
        A further page: its label and address.
    help : str
        Where the words are explained.
    """

    title: str
    text: str
    facts: tuple[Fact, ...] = ()
    terms: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()
    missing: str | None = None
    more: Fact | None = None
    help: str = "/help"

    def to_json(self) -> dict[str, Any]:
        """As the map reads it."""
        return asdict(self)


def layer_definitions(run: RunSummary) -> dict[str, dict[str, Any]]:
    """Return the definition of every layer for one run, in the reader's language."""
    makers: dict[str, Callable[[RunSummary], Definition]] = {
        "counts": _filtered_counts,
        "rate": _filtered_townships,
        "cells": _cells,
        "emerging": _emerging,
        "townships": _townships,
        "clusters": _clusters,
        "points": _high_frequency,
        "unusual": _unusual,
        "projects": _projects,
        "warnings": _warnings,
    }
    return {name: make(run).to_json() for name, make in makers.items()}


def why_left_out(record: dict[str, Any], name: str) -> str | None:
    """Say why a run has no emerging categories, or no scan clusters; None where it has them."""
    if name not in record:
        return _("这次分析完成时还没有这一图层，请用同样条件重新分析。")
    reason = record[name].get("left_out")
    if reason is None:
        return None
    return {
        "too_few_steps": _("时段不足三个月，无法判断变化，未作此项分析。"),
        "nothing_varies": _("各单元、各月的数量完全相同，没有可比较的差异，未作此项分析。"),
        "too_few_units": _("有数据的单元不足两个，未作此项分析。"),
    }[reason]


def _filtered_counts(_run: RunSummary) -> Definition:
    return Definition(
        title=_("按筛选统计的诉求量"),
        text=_(
            "符合筛选条件、已定位的诉求，按六边形单元计数。颜色按数量分五级，每级的单元数大致相等；"
            "只说明多少，不检验是否异常。"
        ),
        notes=(
            _("计数随筛选即时重算，不属于任何一次分析；要检验是否偏多，请用这些条件重新分析。"),
            _("按人数计，同一人在一个单元、一个时段只算一次，因此各单元、各时段不能相加。"),
        ),
        help="/help/measures",
    )


def _filtered_townships(_run: RunSummary) -> Definition:
    return Definition(
        title=_("按筛选统计的街乡镇"),
        text=_(
            "符合筛选条件的诉求按街乡镇计数，除以人口得万人诉求比；不除时为数量。"
            "归属按空间落点、被反映地或承办单位，由筛选决定。"
        ),
        notes=(
            _("没有人口数据的街乡镇画成灰色，不当作最低。"),
            _("计数随筛选即时重算，不属于任何一次分析；要检验是否偏多，请用这些条件重新分析。"),
        ),
        help="/help/rate",
    )


def _cells(run: RunSummary) -> Definition:
    record = run.record
    return Definition(
        title=_("诉求聚集显著性"),
        text=_(
            "本单元与相邻六个单元合计的数量，同应有量相比，偏多或偏少到难以用偶然解释的程度。"
            "统计量为 Getis–Ord Gi*。"
        ),
        facts=(
            Fact(_("计量"), measure_name(run.measure)),
            _null_fact(record, record["dispersion"].get("steps")),
            Fact(_("方向"), _("偏多、偏少两侧分别检验")),
            Fact(
                _("校正"),
                _(
                    "Benjamini–Hochberg，对全部单元、月份（另加全时段）和两个方向共 %(n)s 次检验",
                    n=_whole(record["family"]),
                ),
            ),
            Fact(_("颜色"), _("99％、95％、90％ 分别表示 q < 0.01、q < 0.05、q < 0.10")),
        ),
        notes=(_("偏低不等于好，也可能是反映渠道不畅。"),),
        help="/help/hot_spot",
    )


def _emerging(run: RunSummary) -> Definition:
    record = run.record.get("emerging", {})
    missing = why_left_out(run.record, "emerging")
    return Definition(
        title=_("时空演变类型"),
        text=_(
            "把每个单元逐月的聚集与偏低连起来看，归入十七类之一（即 ArcGIS 的新兴时空热点分析，"
            "类型名沿用其叫法，“热点”写作“聚集”）。"
        ),
        facts=() if missing else _emerging_facts(run, record),
        terms=_category_terms(record.get("counts"), record.get("not_tested")),
        notes=(
            _("月份与单元的组合在这里称为“格”；“偏多”指该格经校正后显著高于应有量。"),
            _(
                "一个单元可能符合几类：依上列顺序，取第一个符合的类型；"
                "聚集与偏低都有符合的，取各自次序靠前的一类。"
            ),
            _("类型只说明过去各月的走势，不预测下个月，也不说明原因。"),
        ),
        missing=missing,
        help="/help/course",
    )


def _emerging_facts(run: RunSummary, record: dict[str, Any]) -> tuple[Fact, ...]:
    if run.null == NO_POPULATION_NULL:
        what = _("各月邻域的平均数量")
    else:
        what = _("各月邻域数量与应有量之比")
    return (
        Fact(_("计量"), measure_name(run.measure)),
        Fact(
            _("统计量"),
            _(
                "Gi*：本单元与相距 %(rings)s 圈以内的单元，当月与之前 %(back)s 个月的合计",
                rings=record["rings"],
                back=record["look_back"],
            ),
        ),
        _null_fact(run.record, record["dispersion"]),
        Fact(
            _("校正"),
            _(
                "Benjamini–Hochberg，对全部格的两个方向共 %(n)s 次检验，q < %(alpha)s 为显著",
                n=_whole(record["family"]),
                alpha=record["alpha"],
            ),
        ),
        Fact(
            _("趋势"),
            _(
                "Mann–Kendall 检验，对象是%(what)s，双侧，p < %(alpha)s 为有趋势；"
                "相邻月份共用数据，方差按这一重叠计算，以免误报；各单元分别检验，不再校正",
                what=what,
                alpha=record["trend_alpha"],
            ),
        ),
        Fact(_("时段"), _("全时段 %(n)s 个月", n=len(run.steps))),
    )


def _category_terms(counts: dict[str, int] | None, not_tested: int | None) -> tuple[Term, ...]:
    found = counts or {}
    kinds = tuple(
        Term(
            str(code),
            category_name(code),
            category_meaning(code),
            found.get(category_key(code), 0) if counts else None,
        )
        for code in CATEGORIES
    )
    untested = Term(
        str(NOT_TESTED), category_name(NOT_TESTED), category_meaning(NOT_TESTED), not_tested
    )
    return (*kinds, untested)


def _clusters(run: RunSummary) -> Definition:
    record = run.record.get("scan", {})
    missing = why_left_out(run.record, "scan")
    return Definition(
        title=_("扫描聚集区"),
        text=_(
            "用大小不一的圆和长短不一的连续月份扫过全市，找出圆内该时段的数量相对圆外多得最不寻常的"
            "地方（Kulldorff 扫描统计，统计量与 SaTScan 相同）。"
        ),
        facts=() if missing else _scan_facts(run, record),
        notes=() if missing else _scan_notes(record),
        missing=missing,
        help="/help/scan_cluster",
    )


def _scan_facts(run: RunSummary, record: dict[str, Any]) -> tuple[Fact, ...]:
    if record["model"] == "poisson":
        null = _(
            "圆内外各月的数量都与按人口分摊的应有量成同一比例，只有偶然起伏；"
            "起伏按负二项计，离散度在扫描单位之间为 %(units)s、逐月之间为 %(steps)s"
            "（估计值的 95％ 上限）",
            units=f"{record['dispersion']['units']:.3f}",
            steps=f"{record['dispersion']['steps']:.3f}",
        )
        at_risk = _("应有量")
    else:
        null = _("时空置换：没有人口数据，只比较时间与地点的搭配，看不出长期一直偏多的地方")
        at_risk = _("数量")
    return (
        Fact(_("统计量"), _("圆内与圆外之比的泊松对数似然比，取全市最大值")),
        Fact(_("计量"), measure_name(run.measure)),
        Fact(_("零假设"), null),
        Fact(_("方向"), _("只找偏多")),
        Fact(
            _("扫描单位"),
            _(
                "H3 %(resolution)s 级六边形 %(n)s 个（由分析单元合并），按月",
                resolution=record["unit_resolution"],
                n=_whole(record["units"]),
            ),
        ),
        Fact(
            _("上限"),
            _(
                "圆内不超过全市%(what)s的 %(share)s％；时长不超过 %(steps)s 个月",
                what=at_risk,
                share=round(100 * record["max_share"]),
                steps=record["max_steps"],
            ),
        ),
        Fact(_("显著性"), _scan_significance(record)),
        Fact(_("结果"), _("%(n)s 处显著，互不重叠", n=record["significant"])),
    )


def _scan_significance(record: dict[str, Any]) -> str:
    return _(
        "蒙特卡罗模拟 %(n)s 次，都与各次的全市最大值比较，因此已计入所有地点、大小和时段；"
        "比各次模拟都大的，p 由 Gumbel 分布外推；p < %(alpha)s 为显著",
        n=record["n_replicas"],
        alpha=record["alpha"],
    )


def _scan_notes(record: dict[str, Any]) -> tuple[str, ...]:
    notes = [_("圆是扫描的形状，不是问题的真实边界；地图上画的是圆内扫描单位的外缘。")]
    if record["model"] == "poisson":
        notes.append(
            _(
                "长期一直偏多的地方也会列出，起止月份只是其中最突出的一段（时长有上限），"
                "不表示此前此后正常。"
            )
        )
    return tuple(notes)


def _townships(_run: RunSummary) -> Definition:
    return Definition(
        title=_("街乡镇诉求比"),
        text=_("每万常住人口的诉求件数，含仅知街乡镇的诉求；没有人口数据时显示件数。"),
        facts=(
            Fact(_("平滑"), _("经验贝叶斯，向全市平均收缩；人口越少收缩越多")),
            Fact(
                _("分级"),
                _("五级，界线取全部街乡镇各月数值的五分位，拖动时间轴时不变；全时段另有一套"),
            ),
            Fact(_("检验"), _("不作检验：颜色深浅只表示高低，不表示显著")),
        ),
        help="/help/rate",
    )


def _high_frequency(run: RunSummary) -> Definition:
    met = run.record.get("points_by_rule", {})
    return Definition(
        title=_("高频点位"),
        text=_(
            "达到至少一条下列次数规则的点位，规则是这次分析所用的。"
            "只看次数，不看那里住多少人，也不作检验。"
        ),
        terms=tuple(
            Term(name, rule.title(language()), rule.definition(), met.get(name))
            for name, rule in run_rules(run).items()
        ),
        notes=(
            _(
                "点位取自点位库；不在任何点位 60 米以内的诉求，按坐标归并成最宽不超过 60 米的点位，"
                "以诉求最多的坐标为准，名称取最常见的地址。"
            ),
            _(
                "问题数（合并诉求）：同一点位、同一分类，每件与前一件相隔不超过 %(days)s 天的，"
                "算一个问题。",
                days=INCIDENT_DAYS,
            ),
            _("全部诉求来自同一人的点位，会在列表和详情中写明。"),
        ),
        more=Fact(_("查看和修改规则"), "/hotspots/rules"),
        help="/help/high_frequency_point",
    )


def _unusual(run: RunSummary) -> Definition:
    sources = run.record.get("points_by_expectation")
    if sources is None:
        # Runs from before households and area were looked at expect something by people only.
        sources = {} if run.null == NO_POPULATION_NULL else {"population": run.points}
    missing = None if sources else _("没有人口、户数或面积数据，算不出应有量。")
    return Definition(
        title=_("异常偏高点位"),
        text=_("全时段件数显著多于应有件数的点位。与高频点位是两回事。"),
        facts=(
            *(Fact(_("应有量"), _expectation(name, run)) for name in SOURCES if name in sources),
            Fact(
                _("零假设"),
                _(
                    "负二项：件数围绕应有量波动；离散度按应有量的来源分别由全部点位"
                    "（含没有诉求的）估计，取 95％ 上限"
                ),
            ),
            Fact(_("方向"), _("只看偏多（单侧）")),
            Fact(_("校正"), _("Benjamini–Hochberg，对全部有应有量的点位；q < 0.05 为异常偏高")),
            Fact(
                _("显著偏多的月数"),
                _(
                    "最近 12 个月逐月同法检验，应有量按全市各月件数分到各月，"
                    "对全部点位和月份一并校正，q < 0.05"
                ),
            ),
            Fact(_("月度趋势"), _("Mann–Kendall 检验各整月件数，双侧，p < 0.05 为有趋势")),
        ),
        missing=missing,
        help="/help/unusually_high_point",
    )


def _expectation(source: str, run: RunSummary) -> str:
    """Say how the expected count of a source comes about."""
    if not run.record["places_version"]:
        if source == "population":
            return _(
                "没有点位库：按街乡镇人口密度，取直径 60 米的地面上的人口，乘以全市每人件数；"
                "人口在街乡镇内不均匀，偏高可能只是那里人多"
            )
        return _("没有点位库和人口：全市诉求按面积均摊到直径 60 米的地面；只说明诉求集中在哪里")
    return {
        "population": _("按人口：点位人口乘以全市每人件数"),
        "households": _("按户数（人口不明时）：这类点位的诉求按户数分摊"),
        "area": _("按面积（人口、户数都不明时）：这类点位的诉求按面积分摊"),
    }[source]


def _projects(_run: RunSummary) -> Definition:
    return Definition(
        title=_("主动治理项目"),
        text=_("已设立的项目及其状态。项目是人作的决定，不是分析结果，与所选分析批次无关。"),
        help="/help/project",
    )


def _warnings(_run: RunSummary) -> Definition:
    return Definition(
        title=_("预警与治理"),
        text=_(
            "描出有反弹提醒、有未办结预警、正在治理、已退出仍在跟踪的街乡镇；同时有几项的按前面的画。"
            "这些是今天的状态，与所选分析批次无关。"
        ),
        help="/help/supervision_loop",
    )


def _null_fact(record: dict[str, Any], dispersion: float | None) -> Fact:
    if record["null"] == NO_POPULATION_NULL:
        text = _("没有人口数据：假定各单元可以互换，把数量在单元之间随机置换")
    elif dispersion is None:
        text = _("负二项：数量围绕按人口分摊的应有量波动")
    else:
        text = _(
            "负二项：数量围绕按人口分摊的应有量波动，离散度 %(phi)s（%(used)s）",
            phi=f"{dispersion:.2f}",
            used=dispersion_used(record),
        )
    return Fact(_("零假设"), text)


def _whole(value: float) -> str:
    return f"{value:,.0f}"
