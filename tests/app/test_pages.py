"""Every page on a small city and on an empty home; wrong parameters never reach a traceback."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cases.uploads import delete_leftovers
from app.hotspots.runs import RunSummary
from app.services import services
from tests.people import first_client

PAGES = (
    "/",
    "/help",
    "/hotspots",
    "/hotspots/analyse",
    "/hotspots/backtest",
    "/hotspots/compare",
    "/hotspots/rules",
    "/hotspots/rules/new?kind=repeat",
    "/hotspots/rules/new?kind=monthly_top",
    "/hotspots/sensitivity",
    "/townships",
    "/cases",
    "/cases/import",
    "/cases/batches",
    "/cases/profiles",
    "/cases/quality",
    "/cases/list.csv",
    "/places",
    "/places/changes",
    "/places/import",
    "/places/review",
    "/projects",
    "/projects/new",
    "/hotspots/projects.json",
)

WRONG = (
    ("/hotspots?run=zzz", 400),
    ("/hotspots?run=0123456789abcdef", 404),
    ("/hotspots?step=99999", 400),
    ("/hotspots?step=x", 400),
    ("/townships?run=../../etc", 400),
    ("/townships/none", 404),
    ("/cases?page=0", 400),
    ("/cases?page=1e9", 400),
    ("/cases?month=2024-13", 400),
    ("/cases?location=moon", 400),
    ("/cases?at=here", 400),
    ("/cases?repeat=often", 400),
    ("/cases/list.csv?month=2024-13", 400),
    ("/cases/quality?batch=../x", 400),
    ("/cases/batches/none", 404),
    ("/cases/batches/none/rejects.csv", 404),
    ("/projects?status=gone", 400),
    ("/projects/999", 404),
    ("/projects/99999999999999999999", 404),
    ("/projects/99999999999999999999/edit", 404),
    ("/projects/new?lng=east&lat=500", 200),
    ("/nothing", 404),
)


@pytest.mark.db
@pytest.mark.parametrize("path", PAGES)
def test_pages_open_on_an_empty_home(empty_client: FlaskClient, path: str) -> None:
    assert empty_client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_pages_open_on_a_city(client: FlaskClient, path: str, language: str) -> None:
    client.post("/language", data={"language": language})
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(("path", "status"), WRONG)
def test_wrong_parameters_are_told(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/cases?page=x", "整数"), ("/cases?page=0", "不小于 1 的数"), ("/cases?page=1e9", "整数")],
)
def test_a_wrong_parameter_is_told_with_what_is_expected(
    client: FlaskClient, path: str, expected: str
) -> None:
    assert f"无效，应为{expected}" in client.get(path).text


def test_every_answer_carries_the_policy(client: FlaskClient) -> None:
    for path in ("/", "/nothing", "/hotspots/projects.json"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy


def test_other_host_names_are_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_forms_need_their_token(city_app: Flask) -> None:
    city_app.config["WTF_CSRF_ENABLED"] = True
    fresh = first_client(city_app)
    for path in (
        "/language",
        "/projects/new",
        "/cases/import",
        "/cases/mapping/x",
        "/cases/mapping/x/import",
        "/cases/profiles/x/edit",
        "/cases/profiles/x/delete",
        "/hotspots/analyse",
        "/hotspots/backtest",
        "/hotspots/compare",
        "/cases/quality/decide",
        "/cases/batches/x/system",
        "/places/import",
        "/places/import/x",
        "/places/import/x/delete",
        "/places/review/x/ask-online",
        "/jobs/x/cancel",
    ):
        assert fresh.post(path, data={}).status_code == 400


def test_every_form_route_is_protected(city_app: Flask) -> None:
    """Nothing that writes may be exempt from the token."""
    from app.web import csrf

    assert not csrf._exempt_views
    assert not csrf._exempt_blueprints


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/cases?page=2", "/cases?page=2"),
        ("https://evil.example/x", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_language_switch_stays_here(
    empty_client: FlaskClient, target: str, expected: str
) -> None:
    answer = empty_client.post("/language", data={"language": "en", "next": target})
    assert answer.headers["Location"] == expected


def test_an_unknown_language_is_refused(empty_client: FlaskClient) -> None:
    assert empty_client.post("/language", data={"language": "xx"}).status_code == 400


def test_an_upload_over_the_limit_is_refused(empty_app: Flask) -> None:
    empty_app.config["MAX_CONTENT_LENGTH"] = 1000
    data = {"file": (io.BytesIO(b"x" * 5000), "a.csv"), "profile": "suyuan"}
    answer = first_client(empty_app).post("/cases/import", data=data)
    assert answer.status_code == 413


def upload(client: FlaskClient, content: bytes, name: str) -> str:
    """Upload a file and return the page of its job."""
    data = {"file": (io.BytesIO(content), name), "profile": "suyuan", "crs": ""}
    answer = client.post("/cases/import", data=data)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


@pytest.mark.db
def test_upload_to_report_to_rejects(empty_app: Flask) -> None:
    client = first_client(empty_app)
    rows = (
        "case_id,received_at,title,lng,lat\n"
        "A1,2025-01-05 09:00:00,漏水,83.01,39.01\n"
        "A2,not a day,<script>alert(1)</script>,83.01,39.01\n"
    )
    page = upload(client, rows.encode(), "../../热线.csv")
    job = services(empty_app).jobs.get(page.split("/")[2])
    assert (job.state, job.message) == ("done", "done")
    report = client.get(job.result_url or "")
    assert report.status_code == 200
    assert "A2" in report.text
    listing = client.get((job.result_url or "") + "/rejects.csv")
    assert listing.status_code == 200
    assert "not a day" in listing.text
    assert not any(services(empty_app).home.uploads.iterdir())
    assert client.get(page).status_code == 200
    state = client.get(page.replace("/watch", "")).get_json()
    assert (state["state"], state["result_url"]) == ("done", job.result_url)
    assert client.get(page.replace("/watch", "/panel")).status_code == 200


def test_a_long_name_is_cut_to_what_a_file_system_takes(empty_app: Flask) -> None:
    rows = b"case_id,received_at\nA1,2025-01-05 09:00:00\n"
    page = upload(first_client(empty_app), rows, "热线工单" * 60 + ".csv")
    job = services(empty_app).jobs.get(page.split("/")[2])
    assert job.state == "done", job.message
    assert not any(services(empty_app).home.uploads.iterdir())


def test_leftover_uploads_are_deleted_after_a_day(empty_app: Flask) -> None:
    home = services(empty_app).home
    folder = home.uploads / "left"
    folder.mkdir()
    (folder / "cases.csv").write_text("personal")
    now = datetime.now(UTC)
    delete_leftovers(home, now)
    assert folder.exists()
    delete_leftovers(home, now + timedelta(hours=25))
    assert not folder.exists()


@pytest.mark.db
def test_a_refused_file_is_told_and_deleted(empty_app: Flask) -> None:
    client = first_client(empty_app)
    page = upload(client, b"PK\x03\x04 no workbook", "a.xlsx")
    job = services(empty_app).jobs.get(page.split("/")[2])
    assert job.state == "failed"
    assert "\n" not in job.message
    assert not any(services(empty_app).home.uploads.iterdir())
    assert client.get("/cases").status_code == 200


def test_a_file_of_another_kind_is_refused(empty_client: FlaskClient) -> None:
    data = {"file": (io.BytesIO(b"x"), "a.exe"), "profile": "suyuan"}
    assert empty_client.post("/cases/import", data=data).status_code == 400


@pytest.mark.db
def test_analysing_from_the_form(city_app: Flask) -> None:
    client = first_client(city_app)
    form = {"start": "2025-01-01", "end": "2025-03-01", "period": "month", "resolution": "8"}
    answer = client.post("/hotspots/analyse", data=form)
    assert answer.status_code == 302
    job = services(city_app).jobs.get(answer.headers["Location"].split("/")[2])
    assert job.state == "done", job.message
    assert client.get(job.result_url or "").status_code == 200


@pytest.mark.parametrize(
    "change", [{"end": "2024-01-01"}, {"start": "soon"}, {"resolution": "15"}, {"classes": "没有"}]
)
def test_an_analysis_that_cannot_be(client: FlaskClient, change: dict[str, str]) -> None:
    form = {"start": "2025-01-01", "end": "2025-03-01", "period": "month", "resolution": "8"}
    assert client.post("/hotspots/analyse", data={**form, **change}).status_code == 422


def test_a_filter_of_the_map_suggests_an_analysis(client: FlaskClient) -> None:
    asked = {
        "from": "2025-02-01",
        "to": "2025-03-01",
        "class": ["噪声/施工", "~"],
        "measure": "callers",
    }
    page = client.get("/hotspots/analyse", query_string=asked).text
    assert 'value="2025-02-01"' in page
    assert 'value="2025-03-01"' in page
    assert re.search(r'<option selected value="callers"', page)
    assert page.count(" checked") == page.count('value="噪声" checked')
    assert client.get("/hotspots/analyse?from=soon").status_code == 400


def test_a_script_is_told_the_job_of_an_analysis(city_app: Flask) -> None:
    client = first_client(city_app)
    form = {"start": "2025-01-01", "end": "2025-03-01", "period": "month", "resolution": "8"}
    asked = {"headers": {"Accept": "application/json"}}
    answer = client.post("/hotspots/analyse", data=form, **asked)
    assert answer.status_code == 202
    state = client.get(f"/jobs/{answer.get_json()['job']}").get_json()
    assert state["state"] == "done"
    assert client.get(state["result_url"]).status_code == 200
    refused = client.post("/hotspots/analyse", data={**form, "start": "soon"}, **asked)
    assert refused.status_code == 400
    assert refused.get_json()["error"]


def test_texts_of_people_are_masked(client: FlaskClient, city_run: RunSummary) -> None:
    for path in ("/cases", "/townships/T2", f"/hotspots/runs/{city_run.id}/township/T2"):
        text = client.get(path).text
        assert "居民反映" in text
        assert "13900001234" not in text


def test_the_case_list_filters_and_pages(client: FlaskClient) -> None:
    assert "C0" in client.get("/cases?location=township_only&township=T2").text
    assert client.get("/cases?page=40&class_1=噪声").status_code == 200
    assert client.get("/cases?flag=no_coordinates&month=2025-02").status_code == 200


def test_uploads_folder_has_no_leftovers(city_home: Path) -> None:
    assert not list((city_home / "uploads").iterdir())
