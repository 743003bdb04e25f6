"""Photos: what the camera wrote is compared and stripped; what cannot be kept is told."""

from __future__ import annotations

import io
import stat
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.accounts.access import operator
from app.errors import Forbidden
from app.projects.models import Photo
from app.projects.photos import keeping, pictures
from app.projects.points.register import points_of
from app.services import services
from tests.app.projects.photographs import OWNER, photo
from tests.app.projects.working import go, make_project, work, worker
from tests.app.small_city import HOT_LAT, HOT_LNG
from tests.people import client_as


@pytest.fixture
def project(city_app: Flask) -> int:
    found = services(city_app)
    return make_project(operator(found.database), found.home).id


def send(client: FlaskClient, project: int, *files: tuple[bytes, str], **form: Any) -> TestResponse:
    sent = [(io.BytesIO(data), name) for data, name in files]
    return client.post(
        f"/projects/{project}/photos", data={"point_id": "0", "photos": sent, **form},
        content_type="multipart/form-data", follow_redirects=True,
    )  # fmt: skip


def kept(app: Flask, project: int) -> list[Photo]:
    return keeping.photos_of(operator(services(app).database), [project])


def point_id(app: Flask, project: int) -> str:
    return str(points_of(operator(services(app).database), [project])[project][0].id)


def test_nothing_of_the_camera_is_kept(client: FlaskClient, city_app: Flask, project: int) -> None:
    near = photo((HOT_LNG, HOT_LAT + 0.001), orientation=6)
    assert OWNER.encode() in near
    answer = send(client, project, (near, "甲.jpg"), point_id=point_id(city_app, project),
                  words="施工前")  # fmt: skip
    assert "施工前" in answer.text
    (one,) = kept(city_app, project)
    assert one.distance_m == pytest.approx(111.2, abs=1)
    assert str(one.taken_on) == "2025-05-06"
    for size, side in (("whole", 400), ("small", 400)):
        shown = client.get(f"/projects/{project}/photos/{one.id}.jpg?size={size}")
        assert shown.headers["Cache-Control"] == "private, max-age=3600"
        picture = Image.open(io.BytesIO(shown.data))
        assert not picture.getexif()
        assert OWNER.encode() not in shown.data
        # The camera was held upright: the picture is turned, and stays so without its mark.
        assert picture.size == (side * 3 // 4, side)
    (file, *_small) = services(city_app).home.photos.glob(f"{one.digest}.jpg")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_large_pictures_are_made_smaller(
    client: FlaskClient, city_app: Flask, project: int
) -> None:
    send(client, project, (photo(size=(5000, 1000)), "宽.jpg"))
    (one,) = kept(city_app, project)
    assert (one.width, one.height) == (2560, 512)


def test_a_bad_file_among_good_ones_is_told_and_the_others_stay(
    client: FlaskClient, city_app: Flask, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGEST_BYTES", 20_000)
    files = [
        (photo(colour="red"), "好.jpg"),
        (b"\xff\xd8 no picture", "坏.jpg"),
        (b"x" * 60_000, "大.jpg"),
        (photo((116.4, 39.9)), "外地.jpg"),
        (photo(kind="PNG", colour="green"), "好.png"),
    ]
    answer = send(client, project, *files, point_id=point_id(city_app, project))
    assert "已上传 2 张照片" in answer.text
    assert "“坏.jpg”不是 JPEG、PNG 或 WebP 照片" in answer.text
    assert "照片“大.jpg”有" in answer.text
    assert "照片“外地.jpg”的拍摄地距点位" in answer.text
    assert len(kept(city_app, project)) == 2


def test_a_photo_from_elsewhere_is_marked(
    client: FlaskClient, city_app: Flask, project: int
) -> None:
    answer = send(client, project, (photo((HOT_LNG, HOT_LAT + 0.02)), "远.jpg"),
                  point_id=point_id(city_app, project))  # fmt: skip
    assert "拍摄地距点位 22" in answer.text


@pytest.mark.parametrize("files", [0, 21])
def test_none_or_too_many_at_once(
    client: FlaskClient, city_app: Flask, project: int, files: int
) -> None:
    answer = send(client, project, *[(b"x", f"{n}.jpg") for n in range(files)])
    assert answer.status_code == 400
    assert "一次可上传 1 到 20 张" in answer.text
    assert kept(city_app, project) == []


def test_who_may_see_and_delete(client: FlaskClient, city_app: Flask, project: int) -> None:
    send(client, project, (photo(colour="teal"), "甲.jpg"))
    (one,) = kept(city_app, project)
    viewer = client_as(city_app, "photo-viewer", ["viewer"])
    address = f"/projects/{project}/photos/{one.id}"
    assert viewer.get(f"{address}.jpg?size=small").status_code == 200
    assert viewer.post(f"{address}/delete").status_code == 403
    assert client.get(f"/projects/{project + 1}/photos/{one.id}.jpg").status_code == 404
    assert client.post(f"{address}/delete").status_code == 302
    assert client.get(f"{address}.jpg?size=small").status_code == 404
    assert not list(services(city_app).home.photos.glob(f"{one.digest}*"))


def test_a_closed_project_takes_no_photo_from_who_does_the_work(city_app: Flask) -> None:
    found, day = services(city_app), date(2025, 5, 1)
    access = operator(found.database)
    done = work(access, found.home, make_project(access, found.home), day, day)
    closed = go(access, found.home, go(access, found.home, done, "verified", day), "closed", day)
    township = worker(found.database, "T2")
    with pytest.raises(Forbidden, match="closed"):
        keeping.take_photos(
            township, found.home, closed, None, [keeping.File("甲.jpg", photo())], ""
        )
    assert kept(city_app, closed.id) == []
