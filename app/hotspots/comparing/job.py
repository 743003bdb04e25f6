"""A comparison of two periods as work in the background."""

from __future__ import annotations

from typing import Any

from app.hotspots.comparing.forms import CompareArguments
from app.hotspots.comparing.making import make_comparison
from app.jobs import RunningJob
from geodata.home import Home

STAGES_ZH = {
    "reading": "读取两期诉求",
    "counting": "按单元计数",
    "testing": "检验变化",
    "townships": "按街乡镇检验",
    "writing": "写入结果",
}


def compare_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of a ``compare`` job."""
    made = make_comparison(
        home,
        CompareArguments.read(**arguments),
        lambda done, total, stage: job.report(done, total, stage, STAGES_ZH[stage]),
    )
    return {"comparison": made.id, "url": f"/hotspots/compare/{made.id}"}
