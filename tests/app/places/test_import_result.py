"""The page of an import tells what was at the import and what is now, and the file's columns."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.cases.batches import list_batches
from app.cases.uploads import import_file
from app.places.review import review_queue
from geodata.home import Home
from geodata.intake import relocate_cases


def result_page(client: FlaskClient, home: Home, file: str) -> str:
    batch = next(b["batch"] for b in list_batches(home) if b.get("file") == file)
    return client.get(f"/cases/batches/{batch}").text


def counts(page: str, part: str) -> list[int]:
    found = re.search(rf'id="{part}".*?<p class="balance-sum">(.*?)</p>|id="{part}">(.*?)</p>',
                      page, re.DOTALL)  # fmt: skip
    assert found, part
    return [int(n) for n in re.findall(r"<strong>(\d+)</strong>", found[1] or found[2])]


def test_counts_of_the_import_stand_beside_those_of_now(client: FlaskClient, home: Home) -> None:
    page = result_page(client, home, "unknown.csv")
    assert counts(page, "located-then") == counts(page, "located-now") == [8, 0, 8]
    assert re.search(r"导入时 <span[^>]*><time datetime=", page), "the counts are dated"
    assert "8 件未定位的写有地址或点位" in page
    assert 'href="/places/review"' in page
    mars = review_queue(home, EVERYWHERE).texts()[0]
    answer = client.post(f"/places/review/{mars.key.id}", data={"how": "search", "place": "P3"})
    assert answer.status_code == 302
    relocate_cases(home)
    page = result_page(client, home, "unknown.csv")
    assert counts(page, "located-then") == [8, 0, 8]
    assert counts(page, "located-now") == [8, 4, 4]
    assert "4 件未定位的写有地址或点位" in page


def test_no_review_is_offered_where_nothing_waits(client: FlaskClient, home: Home) -> None:
    page = result_page(client, home, "known.csv")
    assert counts(page, "located-now") == [6, 6, 0]
    assert "写有地址或点位" not in page


def test_the_columns_of_the_file_are_shown(client: FlaskClient, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "columns.csv"
    file.write_text(
        "case_id,received_at,lng,lat,备注\nC1,2025-03-01 09:00,83.01,39.01,x\n", "utf-8"
    )
    import_file(home, file, "suyuan")
    page = result_page(client, home, "columns.csv")
    shown = re.search(
        r'文件中的列</dt>.*?class="figure">(\d+)<.*?<ul[^>]*>(.*?)</ul>', page, re.DOTALL
    )
    assert shown, page
    assert shown[1] == "5", "none that the store derives is counted"
    listed = re.findall(r'<span class="code">(.*?)</span> → (?:<[^>]*>)?([^<]*)', shown[2])
    assert listed == [
        ("case_id", "工单编号"), ("received_at", "来电时间"), ("lng", "经度"), ("lat", "纬度"),
        ("备注", "没有导入"),
    ]  # fmt: skip
    (report,) = (path for path in (home.path / "batches").glob("*.json")
                 if "columns.csv" in path.read_text("utf-8"))  # fmt: skip
    report.unlink()
    page = result_page(client, home, "columns.csv")
    assert "文件填写的字段" in page, "without its report the fields of the log are told"
    assert "zone" not in re.search(r'id="file-columns">(.*?)</ul>', page, re.DOTALL)[1]  # type: ignore[index]


def test_one_word_for_what_is_new(client: FlaskClient, home: Home) -> None:
    client.post("/language", data={"language": "en"})
    page = result_page(client, home, "unknown.csv")
    assert "<dt>New</dt>" in page
    assert "Read = new + updated" in page
