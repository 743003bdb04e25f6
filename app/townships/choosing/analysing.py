"""Make a run with its townships ranked: the work behind `suyuan analyse` and the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.hotspots.analysis import analyse
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary
from app.jobs import RunningJob
from app.townships.choosing.scoring import score_townships
from geodata.home import Home

STAGES_ZH = {
    "reading": "读取诉求",
    "expected": "计算应有量",
    "testing": "检验六边形单元",
    "sizes": "用更大和更小的六边形再检验",
    "changes": "判断各单元的时空演变类型",
    "clusters": "扫描聚集区",
    "townships": "统计街乡镇",
    "points": "查找高频点位",
    "writing": "写入结果",
}


def analyse_and_rank(
    home: Home,
    arguments: AnalyseArguments,
    progress: Callable[[int, int, str], None] | None = None,
) -> RunSummary:
    """Make the run that the arguments describe; the same ones give the same run."""
    return analyse(
        home,
        start=arguments.start,
        end=arguments.end,
        period=arguments.period,
        classes=arguments.classes,
        resolution=arguments.resolution,
        seed=arguments.seed,
        measure=arguments.measure,
        resolutions=arguments.resolutions,
        extras=(score_townships,),
        progress=progress,
    )


def analyse_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of an ``analyse`` job."""
    run = analyse_and_rank(
        home,
        AnalyseArguments.read(**arguments),
        lambda done, total, stage: job.report(done, total, stage, STAGES_ZH[stage]),
    )
    return {"run": run.id, "url": f"/hotspots?run={run.id}"}
