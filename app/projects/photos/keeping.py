"""Photos of projects: taken in, compared with the point, shown, deleted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import Forbidden, InvalidParameter, Missing
from app.projects.models import Photo, Point, Project
from app.projects.photos.pictures import Picture, read_picture
from app.projects.points.attachment import distances_m
from app.projects.states import is_above, require_open
from geodata.errors import UserError
from geodata.home import Home

PHOTO = Kind(Photo, "photo", "photo", "照片", untold=frozenset({"words"}))

MOST_OF_A_PROJECT = 300
MOST_AT_ONCE = 20

FAR_M = 300.0
"""Beyond the point's reach by more than this, a photo is marked as taken elsewhere."""

FARTHEST_M = 20_000.0
"""Beyond this it is of another town, and refused."""

WHOLE, SMALL = "whole", "small"


@dataclass(frozen=True)
class File:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Taken:
    """What became of files: photos that are kept, and errors of those that are not."""

    photos: tuple[Photo, ...]
    refused: tuple[UserError, ...]


def take_photos(
    access: Access,
    home: Home,
    project: Project,
    points: Sequence[Point],
    files: Sequence[File],
    words: str,
) -> Taken:
    """Keep photos of a project; one that cannot be kept does not keep back the others.

    Each is of the nearest of the points given, by where it was taken; one that tells no place is
    of the only point, or of none.

    Raises
    ------
    InvalidParameter
        There is no file, or there are too many.
    Forbidden
        The project is outside the person's area, or closed.
    """
    require_open(access, home, project)
    _require_room(access, project, len(files))
    kept, refused = [], []
    for file in files:
        try:
            picture = read_picture(file.data, file.name)
            point, distance = _nearest(picture, points, file.name)
        except UserError as error:
            refused.append(error)
        else:
            kept.append(_keep(access, home, project, point, picture, distance, words))
    return Taken(tuple(kept), tuple(refused))


def photos_of(access: Access, projects: Collection[int]) -> list[Photo]:
    """Return the photos of projects, the newest first."""
    query = select(Photo).where(Photo.project_id.in_(projects)).order_by(Photo.id.desc())
    with access.database.session() as session:
        return list(session.scalars(query))


def photos_at(access: Access, point: int) -> list[Photo]:
    """Return the photos of a point, the newest first."""
    query = select(Photo).where(Photo.point_id == point).order_by(Photo.id.desc())
    with access.database.session() as session:
        return list(session.scalars(query))


def photo_file(access: Access, home: Home, project_id: int, photo_id: int, size: str) -> Path:
    """Return the file of a photo.

    Raises
    ------
    Missing
        The project has no such photo, or its file is gone.
    """
    with access.database.session() as session:
        photo = PHOTO.find(session, photo_id)
    path = _path(home, photo.digest, size)
    if photo.project_id != project_id or not path.is_file():
        raise Missing(
            f"project {project_id} has no photo {photo_id}",
            f"项目 {project_id} 没有编号为 {photo_id} 的照片",
        )
    return path


def delete_photo(access: Access, home: Home, project: Project, photo_id: int) -> None:
    """Delete a photo, for who took it in or stands above.

    Raises
    ------
    Missing
        The project has no such photo.
    Forbidden
        It is somebody else's.
    """
    access.require_township(Permission.WORK_PROJECTS, project.township)
    with access.database.session() as session:
        photo = PHOTO.find(session, photo_id)
        if photo.project_id != project.id:
            raise Missing(
                f"project {project.id} has no photo {photo_id}",
                f"项目 {project.id} 没有编号为 {photo_id} 的照片",
            )
        if photo.who != access.who and not is_above(access, home, project.township):
            raise Forbidden(
                f"{access.who} may not delete photo {photo_id} of {photo.who}",
                f"照片 {photo_id} 由他人上传，只能由上传人或上级删除",
            )
        session.delete(photo)
        told = {"photo": photo_id}
        access.record("project.delete_photo", ("project", project.id), told, None, session=session)
        same = select(func.count()).where(Photo.digest == photo.digest, Photo.id != photo_id)
        alone = not session.scalar(same)
    if alone:
        for size in (WHOLE, SMALL):
            _path(home, photo.digest, size).unlink(missing_ok=True)


def is_far(photo: Photo, point: Point | None) -> bool:
    """Tell whether a photo was taken far from its point."""
    if photo.distance_m is None or point is None:
        return False
    return photo.distance_m > point.radius_m + FAR_M


def _require_room(access: Access, project: Project, count: int) -> None:
    if not 0 < count <= MOST_AT_ONCE:
        raise InvalidParameter(
            f"photos: {count} files, 1 to {MOST_AT_ONCE} can be sent at once",
            f"选了 {count} 张照片，一次可上传 1 到 {MOST_AT_ONCE} 张",
            field="photos",
        )
    there = select(func.count()).where(Photo.project_id == project.id)
    with access.database.session() as session:
        had = session.scalar(there) or 0
    if had + count > MOST_OF_A_PROJECT:
        raise InvalidParameter(
            f"photos: project {project.id} has {had}, no more than {MOST_OF_A_PROJECT} are kept",
            f"项目 {project.id} 已有 {had} 张照片，最多 {MOST_OF_A_PROJECT} 张",
            field="photos",
        )


def _nearest(
    picture: Picture, points: Sequence[Point], name: str
) -> tuple[Point | None, float | None]:
    if picture.position is None or not points:
        return (points[0] if len(points) == 1 else None), None
    lng, lat = picture.position
    away = [float(distances_m(lng, lat, each.lng, each.lat)) for each in points]
    metres = min(away)
    point = points[away.index(metres)]
    if metres > FARTHEST_M:
        raise InvalidParameter(
            f"{name}: taken {metres / 1000:.0f} km from point {point.name!r}, at most "
            f"{FARTHEST_M / 1000:.0f} km are allowed",
            f"照片“{name}”的拍摄地距点位“{point.name}” {metres / 1000:.0f} 千米，"
            f"不应超过 {FARTHEST_M / 1000:.0f} 千米，请确认不是别处的照片",
            field="photos",
        )
    return point, metres


def _keep(
    access: Access, home: Home, project: Project, point: Point | None, picture: Picture,
    distance: float | None, words: str,
) -> Photo:  # fmt: skip
    digest = hashlib.sha256(picture.data).hexdigest()
    _write(_path(home, digest, WHOLE), picture.data)
    _write(_path(home, digest, SMALL), picture.small)
    today = date.today()
    photo = Photo(
        project_id=project.id,
        point_id=point.id if point else None,
        status=project.status,
        digest=digest,
        width=picture.width,
        height=picture.height,
        words=words.strip(),
        taken_on=picture.taken_on if picture.taken_on and picture.taken_on <= today else None,
        distance_m=distance,
        who=access.who,
        at=datetime.now(UTC),
    )
    with access.database.session() as session:
        made = PHOTO.create(access, session, photo, project=project.id, distance_m=distance)
        subject, told = ("project", project.id), {"photo": made.id}
        access.record("project.add_photo", subject, None, told, session=session)
        return made


def _write(path: Path, data: bytes) -> None:
    if path.is_file():
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(path)


def _path(home: Home, digest: str, size: str) -> Path:
    return home.photos / (f"{digest}.jpg" if size == WHOLE else f"{digest}-small.jpg")
