"""The GeoPackage of a filter, made in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict
from werkzeug.datastructures import MultiDict

from app.errors import validated
from app.hotspots.export_sheet import speaking
from app.jobs import RunningJob
from app.takeaway.counted.forms import TakenFilter
from app.takeaway.counted.layers import cells_layer, townships_layer
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

    query: str
    language: str


def export_counts_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Make the file with what the person who started the job may see at this moment."""
    wanted = validated(CountsArguments, arguments)
    chosen = TakenFilter.read(MultiDict(parse_qsl(wanted.query)))
    question = Counted.of(home, access_of_starter(home, job), chosen)
    name = counted_name(question.mark, question.narrowed.span, ["cells", "townships"], "gpkg")
    with made_file(home, job.id, name) as draft, speaking(wanted.language):
        job.report(0, 2, "counting", "统计")
        layers = [cells_layer(question), townships_layer(question)]
        job.report(1, 2, "writing the file", "写入文件")
        write_layers(layers, about(question, datetime.now(UTC).astimezone()), draft)
    return result_of(job.id, name)
