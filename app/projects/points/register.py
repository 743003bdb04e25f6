"""Points of projects: made, changed, shared, and found again."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.cases.listing import township_names
from app.errors import Conflict, InvalidParameter
from app.hotspots.points.assignment import METRES_PER_DEGREE
from app.projects.models import DEFAULT_RADIUS_M, Point, Project, ProjectPoint
from app.projects.states import OPEN, require_ground, require_open
from geodata.areas import OUTSIDE, current_boundaries
from geodata.home import Home
from geodata.places import current_places

POINT = Kind(Point, "point", "point", "点位")

SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 20, 5000
FEWEST_CORNERS, MOST_CORNERS = 3, 200
MOST_POINTS = 50
"""Of one project."""

LEAST_INSIDE = 0.8
"""Share of an area that must lie in its project's township: streets run along borders."""

FAR_PLACE_M = 2_000.0
"""A place of the register this far from a point is another one's."""

MOST_SHARED = 200
"""Points of others that a form offers."""

Corners = tuple[tuple[float, float], ...]


class PointValues(BaseModel):
    """What a person may write into a point; corners make it an area instead of a disc."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=200)
    lng: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-85, le=85)
    radius_m: int = Field(default=DEFAULT_RADIUS_M, ge=SMALLEST_RADIUS_M, le=LARGEST_RADIUS_M)
    corners: Corners | None = None
    place: str | None = Field(default=None, max_length=64)


@dataclass(frozen=True)
class Together:
    """A project that works at a point too, or at one that overlaps it."""

    project: int
    name: str
    point: str


def find_point(access: Access, number: int, permission: Permission = Permission.READ) -> Point:
    """Return one point, for somebody with a permission in its township.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside her area.
    """
    with access.database.session() as session:
        point = POINT.find(session, number)
    access.require_township(permission, point.township)
    return point


def points_of(access: Access, projects: Collection[int]) -> dict[int, list[Point]]:
    """Return the points of each project, in the order in which they were made; in one query."""
    query = select(ProjectPoint.project_id, Point).join(Point, ProjectPoint.point_id == Point.id)
    query = query.where(ProjectPoint.project_id.in_(projects)).order_by(Point.id)
    found: dict[int, list[Point]] = {number: [] for number in projects}
    with access.database.session() as session:
        for project, point in session.execute(query):
            found[project].append(point)
    return found


def projects_at(access: Access, number: int) -> list[Project]:
    """Return the projects of a point, the newest first."""
    query = select(Project).join(ProjectPoint, ProjectPoint.project_id == Project.id)
    query = query.where(ProjectPoint.point_id == number).order_by(Project.id.desc())
    with access.database.session() as session:
        return list(session.scalars(query))


def add_point(access: Access, session: Session, project: Project, made: Point) -> Point:
    """Hang a new point on a project.

    Raises
    ------
    InvalidParameter
        It lies in another township than the project, or the project has too many.
    """
    count = func.count(ProjectPoint.point_id)
    there = session.scalar(select(count).where(ProjectPoint.project_id == project.id)) or 0
    if there >= MOST_POINTS:
        raise InvalidParameter(
            f"project {project.id} has {there} points, no more than {MOST_POINTS} are allowed",
            f"项目 {project.id} 已有 {there} 个点位，最多 {MOST_POINTS} 个",
        )
    POINT.create(access, session, made)
    session.add(ProjectPoint(project_id=project.id, point_id=made.id))
    subject = ("project", project.id)
    access.record("project.add_point", subject, None, {"point": made.id}, session=session)
    return made


def share_point(access: Access, home: Home, project: Project, number: int) -> Point:
    """Let a project work at a point that is there already.

    Raises
    ------
    Conflict
        It does so already.
    InvalidParameter
        The point lies in another township.
    """
    point = find_point(access, number, Permission.WORK_PROJECTS)
    require_same_township(home, project.township, point)
    require_ground(access, home, [project])
    with access.database.session() as session:
        if session.get(ProjectPoint, (project.id, number)) is not None:
            raise Conflict(
                f"point {number} is project {project.id}'s already",
                f"点位 {number} 已在项目 {project.id} 中",
            )
        session.add(ProjectPoint(project_id=project.id, point_id=number))
        subject = ("project", project.id)
        access.record("project.add_point", subject, None, {"point": number}, session=session)
    return point


def points_to_share(access: Access, project: Project) -> list[Point]:
    """Return points of the project's township that it does not work at, by name."""
    own = select(ProjectPoint.point_id).where(ProjectPoint.project_id == project.id)
    query = select(Point).where(Point.township == project.township, Point.id.not_in(own))
    with access.database.session() as session:
        return list(session.scalars(query.order_by(Point.name, Point.id).limit(MOST_SHARED)))


def remove_point(access: Access, home: Home, project: Project, number: int) -> None:
    """Take a point off a project; the point stays, with what was written of it.

    Raises
    ------
    Conflict
        It is the project's only one, or is not the project's.
    Forbidden
        The project was submitted, and the person does its work.
    """
    require_ground(access, home, [project])
    with access.database.session() as session:
        own = select(ProjectPoint).where(ProjectPoint.project_id == project.id)
        links = {link.point_id: link for link in session.scalars(own)}
        if number not in links:
            raise Conflict(
                f"point {number} is not project {project.id}'s",
                f"点位 {number} 不在项目 {project.id} 中",
            )
        if len(links) == 1:
            raise Conflict(
                f"point {number} is the only one of project {project.id}, which needs one",
                f"点位 {number} 是项目 {project.id} 唯一的点位，不能移出",
            )
        session.delete(links[number])
        subject = ("project", project.id)
        access.record("project.remove_point", subject, {"point": number}, None, session=session)


def change_point(
    access: Access, home: Home, number: int, values: PointValues, version: int
) -> Point:
    """Write changed values, if nobody else wrote since ``version``.

    Raises
    ------
    Conflict
        Someone did.
    InvalidParameter
        It would leave the township of its projects, or its corners make no area.
    Forbidden
        It is outside the person's area, or would be; or a project there was submitted, and what
        counts as its would change.
    """
    made = make_point(home, values)
    access.require_township(Permission.WORK_PROJECTS, made.township)

    def change(session: Session, point: Point) -> Mapping[str, Any]:
        access.require_township(Permission.WORK_PROJECTS, point.township)
        query = select(Project).join(ProjectPoint).where(ProjectPoint.point_id == number)
        at = list(session.scalars(query))
        for project in at:
            require_open(access, home, project)
            require_same_township(home, project.township, made)
        if _ground_of(made) != _ground_of(point):
            require_ground(access, home, at)
        names = ("name", "lng", "lat", "radius_m", "corners", "place", "township")
        return {name: getattr(made, name) for name in names}

    return POINT.change(access, number, version, change)


def make_point(home: Home, values: PointValues) -> Point:
    """Return a point as it would be stored, with the township in which it lies.

    An area has its middle as position, and the radius of a disc that is as large.

    Raises
    ------
    InvalidParameter
        The corners make no area, or the register has no such place.
    """
    lng, lat, radius = values.lng, values.lat, values.radius_m
    if values.corners is not None:
        lng, lat, radius = _measured(values.corners)
    if values.place:
        _check_place(home, values.place, lng, lat)
    return Point(
        name=values.name,
        lng=lng,
        lat=lat,
        radius_m=radius,
        corners=[list(corner) for corner in values.corners] if values.corners else None,
        place=values.place,
        township=township_at(home, lng, lat),
    )


def _check_place(home: Home, code: str, lng: float, lat: float) -> None:
    """Check that a place of the register is near a point: its cases count as the point's."""
    places = current_places(home)
    at = [] if places is None else np.flatnonzero(places.codes == code).tolist()
    if places is None or not at:
        raise InvalidParameter(
            f"place: the register has no place {code!r}",
            f"点位库中没有代码为“{code}”的点位",
            field="place",
        )
    east = (float(places.lng[at[0]]) - lng) * math.cos(math.radians(lat))
    metres = math.hypot(east, float(places.lat[at[0]]) - lat) * METRES_PER_DEGREE
    if metres > FAR_PLACE_M:
        raise InvalidParameter(
            f"place: {code!r} is {metres:.0f} m away, at most {FAR_PLACE_M:.0f} m are allowed",
            f"点位库中的“{code}”距此 {metres:.0f} 米，不应超过 {FAR_PLACE_M:.0f} 米",
            field="place",
        )


def township_at(home: Home, lng: float, lat: float) -> str | None:
    """Return the code of the township that a position lies in; None outside all."""
    townships = current_boundaries(home, "township")
    if townships is None:
        return None
    at = int(townships.locate([lng], [lat])[0])
    return None if at == OUTSIDE else str(townships.codes[at])


def require_same_township(home: Home, township: str | None, point: Point) -> None:
    """Check that a point lies in its project's township, an area for the most part.

    Raises
    ------
    InvalidParameter
        It lies in another, or in none.
    """
    townships = current_boundaries(home, "township")
    if township is None or townships is None or township not in set(townships.codes):
        return
    names, where = township_names(home), point.township
    if where != township:
        raise InvalidParameter(
            f"lng, lat: point {point.name!r} ({point.lng:.5f}, {point.lat:.5f}) lies in "
            f"{f'township {where}' if where else 'no township'}, the project is of {township}",
            f"点位“{point.name}”（{point.lng:.5f}，{point.lat:.5f}）"
            f"{f'位于{names.get(where, where)}' if where else '不在任何街乡镇内'}，"
            f"不在项目所属的{names.get(township, township)}",
            field="lng",
        )
    if point.corners:
        own = townships.geometry[list(townships.codes).index(township)]
        area = shapely.Polygon(point.corners)
        share = area.intersection(own).area / area.area
        if share < LEAST_INSIDE:
            raise InvalidParameter(
                f"corners: {share:.0%} of the area lies in {township}, at least "
                f"{LEAST_INSIDE:.0%} must",
                f"范围只有 {share:.0%} 在{names.get(township, township)}内，"
                f"至少应有 {LEAST_INSIDE:.0%}",
                field="corners",
            )


def _ground_of(point: Point) -> tuple[object, ...]:
    """Return what tells which cases are a point's."""
    return (point.lng, point.lat, point.radius_m, point.corners, point.place)


def worked_together(access: Access, points: Iterable[Point], own: int | None) -> list[Together]:
    """Return the other open projects at these points, or at points that overlap them.

    Their effects cannot be told apart, so pages warn of them.
    """
    points = list(points)
    query = select(Project.id, Project.name, Point).join(
        ProjectPoint, ProjectPoint.project_id == Project.id
    )
    query = query.join(Point, ProjectPoint.point_id == Point.id)
    query = query.where(
        Project.status.in_(OPEN),
        Point.township.in_({each.township for each in points if each.township}),
    )
    with access.database.session() as session:
        others = list(session.execute(query.order_by(Project.id)))
    return [
        Together(number, name, other.name)
        for number, name, other in others
        if number != own and any(_overlap(each, other) for each in points)
    ]


def _overlap(one: Point, other: Point) -> bool:
    east = (one.lng - other.lng) * math.cos(math.radians(one.lat))
    metres = math.hypot(east, one.lat - other.lat) * METRES_PER_DEGREE
    return metres < one.radius_m + other.radius_m


def _measured(corners: Corners) -> tuple[float, float, int]:
    """Return the middle of an area, and the radius of a disc as large, whole metres."""
    outline = np.asarray(corners, dtype=float)
    count = len(corners)
    if not FEWEST_CORNERS <= count <= MOST_CORNERS:
        raise InvalidParameter(
            f"corners: {count} corners, {FEWEST_CORNERS} to {MOST_CORNERS} make an area",
            f"范围有 {count} 个角点，应为 {FEWEST_CORNERS} 到 {MOST_CORNERS} 个",
            field="corners",
        )
    if not (np.isfinite(outline).all() and (np.abs(outline) <= (180, 85)).all()):
        raise InvalidParameter(
            "corners: a corner lies off the earth", "范围的角点经纬度超出范围", field="corners"
        )
    area = shapely.Polygon(outline)
    if not area.is_valid or area.area == 0:
        raise InvalidParameter(
            "corners: the outline crosses itself or has no area",
            "范围的边线自相交或面积为零",
            field="corners",
        )
    middle = area.representative_point() if not area.contains(area.centroid) else area.centroid
    scale = METRES_PER_DEGREE**2 * math.cos(math.radians(middle.y))
    radius = round(math.sqrt(area.area * scale / math.pi))
    if not SMALLEST_RADIUS_M <= radius <= LARGEST_RADIUS_M:
        raise InvalidParameter(
            f"corners: the area is as large as a disc of {radius} m, {SMALLEST_RADIUS_M} to "
            f"{LARGEST_RADIUS_M} m are allowed",
            f"范围相当于半径 {radius} 米的圆，应为 {SMALLEST_RADIUS_M}–{LARGEST_RADIUS_M} 米",
            field="corners",
        )
    return middle.x, middle.y, radius
