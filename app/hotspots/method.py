"""How the colours of a run came about, and what to mind, in words for a meeting."""

from __future__ import annotations

from typing import Any

from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.runs import RunSummary
from app.translation import _
from spatial.points.incidents import INCIDENT_DAYS

COARSE_RATIO = 2.0
"""From here on neighbours share so much that the population surface is called too coarse."""


def method_notes(run: RunSummary) -> list[str]:
    """Return the lines that a planner can read out when asked where a colour comes from."""
    record = run.record
    notes = [_counted(run), _denominator(record), *_at_points(record), _test(record)]
    notes += _cautions(record)
    left = record["left_out"]
    if sum(left.values()):
        notes.append(
            _(
                "诉求库中另有 %(outside)s 件不在时间范围内、%(classes)s 件属于未选的问题分类，"
                "未参与本次分析。",
                outside=f"{left['outside_window']:,}",
                classes=f"{left['other_classes']:,}",
            )
        )
    notes.append(
        _(
            "分析编号 %(run)s，诉求库版本 %(store)s，边界版本 %(boundaries)s，随机种子 %(seed)s；"
            "同样的输入再算一次，结果逐字节相同。",
            run=record["id"],
            store=record["case_store_version"],
            boundaries=record["boundary_versions"]["township"],
            seed=record["seed"],
        )
    )
    return notes


def _counted(run: RunSummary) -> str:
    texts = {
        "reports": _("计量：六边形单元按诉求件数计，同一人多次来电计多件。"),
        "callers": _(
            "计量：六边形单元按诉求人数计，同一人在一个单元的一期内只计一次，全时段也只计一次；"
            "诉求人未知的诉求每件计一人。街乡镇和点位仍按件数计。"
        ),
        "incidents": _(
            "计量：六边形单元按问题数计，同一地点（点位，或相距不超过 60 米）、同一分类、"
            "间隔不超过 %(days)s 天的诉求算一个问题。街乡镇和点位仍按件数计。",
            days=INCIDENT_DAYS,
        ),
    }
    return texts[run.measure]


def _denominator(record: dict[str, Any]) -> str:
    if record["null"] == NO_POPULATION_NULL:
        return _(
            "没有人口数据：只能说明诉求集中在哪里，不能说明相对于人口是否偏多。"
            "导入边界时给出人口字段即可改善。"
        )
    if record["places_version"]:
        return _(
            "应有量：每期单元计量的总数按人口分摊到单元；"
            "人口取自点位库的点位范围，其余按街乡镇面积均摊。"
        )
    return _(
        "应有量：每期单元计量的总数按人口分摊到单元；人口只知道到街乡镇，在街乡镇内按面积均摊。"
    )


def _at_points(record: dict[str, Any]) -> list[str]:
    """Say how many cases stand at their place's point; earlier runs did not count them."""
    at_points = record.get("at_place_points", 0)
    if not at_points:
        return []
    return [
        _(
            "位置：%(points)s 件（占已定位的 %(share)s）只知道在哪个点位，"
            "按点位的代表点计入一个单元；点位人口按各街乡镇的这一比例计在代表点，其余计在点位范围内。",
            points=f"{at_points:,}",
            share=f"{at_points / record['counts']['located']:.1%}",
        )
    ]


def _test(record: dict[str, Any]) -> str:
    family = f"{record['family']:,}"
    if record["null"] == NO_POPULATION_NULL:
        return _(
            "检验：单元及其相邻单元的合计与随机置换比较，偏高、偏低两侧；"
            "对全部 %(family)s 次检验做 Benjamini–Hochberg 校正。",
            family=family,
        )
    return _(
        "检验：单元及其相邻单元的合计与应有量比较，负二项分布，离散度逐期 %(steps)s、"
        "全时段 %(whole)s（%(used)s），偏高、偏低两侧；"
        "对全部 %(family)s 次检验做 Benjamini–Hochberg 校正。",
        steps=f"{record['dispersion']['steps']:.2f}",
        whole=f"{record['dispersion']['whole']:.2f}",
        used=dispersion_used(record),
        family=family,
    )


def dispersion_used(record: dict[str, Any]) -> str:
    """Say how the estimated dispersion went into the tests; earlier runs took its upper bound."""
    if record.get("dispersion_used") == "averaged":
        return _("由数据估计，p 值按其可能范围取平均")
    return _("取估计值的 95％ 上限")


def _cautions(record: dict[str, Any]) -> list[str]:
    cautions = []
    dispersion = record["dispersion"]
    if dispersion and dispersion["whole_neighbourhoods"] > COARSE_RATIO * dispersion["whole"]:
        cautions.append(
            _(
                "注意：相邻单元的诉求往往同高同低（邻域离散度 %(shared)s，单元离散度 %(single)s），"
                "部分聚集可能只反映街乡镇内部人口或人流的分布；导入带户数的点位库会更准。",
                shared=f"{dispersion['whole_neighbourhoods']:.2f}",
                single=f"{dispersion['whole']:.2f}",
            )
        )
    missing = record["without_population"]
    if missing and len(missing) < record["townships"]:
        cautions.append(
            _(
                "没有人口数据、其单元未检验的街乡镇：%(names)s。诉求照常计数。",
                names="、".join(missing),
            )
        )
    return cautions
