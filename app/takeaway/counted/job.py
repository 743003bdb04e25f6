"""The GeoPackage and the offline map of a filter, made in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict
from werkzeug.datastructures import MultiDict

from app.errors import validated
from app.hotspots.export_sheet import speaking
from app.jobs import RunningJob
from app.takeaway.counted.forms import TakenFilter
from app.takeaway.counted.layers import cells_layer, townships_layer
from app.takeaway.counted.page import render_counts
from app.takeaway.counted.question import Counted
from app.takeaway.counted.source import about
from app.takeaway.geofiles import write_layers
from app.takeaway.job import access_of_starter
from app.takeaway.kept import made_file, result_of
from app.takeaway.naming import counted_name
from geodata.home import Home


class CountsArguments(BaseModel):
    """What the work needs to know, as a job carries it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["gpkg", "html"]
    query: str
    language: str


def export_counts_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Make the file with what the person who started the job may see at this moment."""
    wanted = validated(CountsArguments, arguments)
    chosen = TakenFilter.read(MultiDict(parse_qsl(wanted.query)))
    question = Counted.of(home, access_of_starter(home, job), chosen)
    name = counted_name(question.mark, question.narrowed.span, ["cells", "townships"], wanted.form)
    with made_file(home, job.id, name) as draft, speaking(wanted.language):
        write = {"gpkg": _write_gpkg, "html": _write_html}[wanted.form]
        write(question, job, wanted.language, draft)
    return result_of(job.id, name)


def _write_gpkg(question: Counted, job: RunningJob, _language: str, path: Path) -> None:
    job.report(0, 2, "counting", "统计")
    layers = [cells_layer(question), townships_layer(question)]
    job.report(1, 2, "writing the file", "写入文件")
    write_layers(layers, about(question, _now()), path)


def _write_html(question: Counted, job: RunningJob, language: str, path: Path) -> None:
    job.report(0, 2, "drawing the map", "绘制地图")
    text = render_counts(question, language, _now())
    job.report(1, 2, "writing the file", "写入文件")
    path.write_text(text, "utf-8")


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
