"""Every route that changes something leaves an entry in the audit, with the name of who sent it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.access import operator
from app.accounts.areas import EVERYWHERE
from app.accounts.models import Account, AuditEntry, Unit
from app.accounts.units import UnitValues, create_unit
from app.cases.batches import list_batches
from app.cases.lives import mark_of
from app.cases.uploads import import_file
from app.hotspots.points.rules import load_rules, rules_version
from app.hotspots.runs import newest_run
from app.jobs import Job
from app.places.review import review_queue
from app.projects.models import DetachedCase, Photo, PointAlert
from app.projects.proactive.models import ProactiveProject
from app.services import services
from app.succession.models import Succession
from app.topics.models import (
    CaseDefinition,
    DefinitionCheck,
    Topic,
    TopicAssessment,
    TopicCallback,
    TopicDocument,
    TopicProblem,
)
from app.townships.adopting.models import AdoptionRequest
from app.townships.assessment.demand import fingerprint
from app.townships.assessment.models import (
    Exclusion,
    Indicator,
    Objection,
    RuleSet,
    Scorecard,
)
from app.townships.designations.models import EXITED, Designation
from app.townships.duties.models import Duty
from app.townships.funding.models import Funding
from app.townships.governing.models import ListItem, Plan
from app.townships.supervising.models import (
    Accountability,
    Alert,
    EarlyWarning,
    Meeting,
    SupervisionOrder,
    Talk,
    Watch,
    Whistle,
    WhistleCall,
)
from geodata.areas import import_boundaries
from geodata.geocoding.online_switch import OnlineSetting, switch_on
from geodata.home import Home
from geodata.places import find_place, read_changes, read_decisions
from tests.app.fuzz.furnished import (
    ASSESSED,
    CALLED_BACK,
    DEFINITION,
    EXCLUSION,
    INDICATOR,
    INDICATORS,
    LEDGER_HEADINGS,
    PROACTIVE,
    PUBLISHED,
    RULE_SET,
    TOPIC,
)
from tests.app.projects.photographs import photo
from tests.app.small_city import HOT_LAT, HOT_LNG, SIDE, SOUTH, WEST, write_townships
from tests.app.small_register import PLACES, make_small_register
from tests.app.townships.ledger_city import workbook
from tests.geodata.geocoding.fake_nominatim import fake_nominatim, options_of
from tests.people import EVERY_OFFICE, PASSWORD, client_as, make_app

DOER = "doer"
PHONE, NAME, FLAT = "13912345678", "欧阳慕雪", "12号楼3单元504室"

CASES = f"""case_id,received_at,class_1,title,content,address,lead_handler,lng,lat
Z1,2025-03-01 09:00:00,噪声,我叫{NAME},电话{PHONE},天马路5号{FLAT},东街道,,
Z2,2025-03-02 09:00:00,噪声,我叫{NAME},电话{PHONE},天马路5号{FLAT},,{HOT_LNG},{HOT_LAT}
"""
UNKNOWN_CASES = f"流水,发生,说的事\nY1,2025-03-01 09:00:00,{NAME}{PHONE}\n"


@dataclass
class Doer:
    """Somebody who may do everything, and what she has made so far."""

    app: Flask
    client: FlaskClient
    made: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return services(self.app).home

    def new(self, model: Any) -> int:
        with services(self.app).database.session() as session:
            return int(session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)

    def version(self, model: Any) -> str:
        with services(self.app).database.session() as session:
            return str(session.get_one(model, self.new(model)).row_version)

    def batch(self) -> str:
        return str(next(b["batch"] for b in list_batches(self.home) if b["kind"] == "import"))

    def fresh(self) -> dict[str, str]:
        return {"seen": rules_version(self.home), "zh": "十天", "en": "x", "least": "5"}

    def waiting_job(self) -> str:
        with services(self.app).database.session() as session:
            session.add(
                Job(id="w" * 32, kind="analyse", arguments={}, created_at=datetime.now(UTC))
            )
        return "w" * 32

    def case_at_the_point(self) -> str:
        """Import a case at the project's point."""
        path = self.home.path / "near.csv"
        path.write_text("case_id,received_at,lng,lat\nN1,2025-05-07 09:00:00,83.06,39.02\n")
        import_file(self.home, path, "suyuan")
        return "N1"

    def seen(self, page: str) -> str:
        """What a page of a waiting file says that it saw."""
        return self.client.get(page).text.partition('name="seen" value="')[2].partition('"')[0]

    def point_alert(self) -> int:
        """Write what came back at a point, once."""
        with services(self.app).database.session() as session:
            if session.scalar(select(PointAlert.id)) is None:
                session.add(
                    PointAlert(project_id=1, point_id=1, kind="repeat", seen_on=date(2025, 6, 1),
                               facts={"class": "噪声", "cases": 3, "until": "2025-06-03"},
                               state="open", raised_on=date(2025, 6, 4))
                )  # fmt: skip
        return self.new(PointAlert)

    def on(self, table: Any, **form: str) -> dict[str, str]:
        """A form of the newest record, as it stands."""
        return {**form, "row_version": self.version(table)}

    def leading_township(self) -> str:
        """Import a case of a whole month, so that a township is to be warned of it."""
        path = self.home.path / "january.csv"
        path.write_text("case_id,received_at,reported_township\nJ1,2025-01-07 09:00:00,东街道\n")
        import_file(self.home, path, "suyuan")
        return "/supervision/warnings"

    def alert(self) -> int:
        """Write a rebound that the monitor found, once."""
        day = date(2025, 1, 1)
        with services(self.app).database.session() as session:
            if session.scalar(select(Alert.id)) is None:
                left = Designation(township="T1", name="东街道", state=EXITED, since=day,
                                   designated_on=day, exited_on=day)  # fmt: skip
                session.add(left)
                session.flush()
                seen = Watch(half_month="half_month-2025-01-1", township="T1", observed=9,
                             designation_id=left.id, case_store_version=1, facts={},
                             made_at=datetime.now(UTC))  # fmt: skip
                session.add(seen)
                session.flush()
                session.add(Alert(watch_id=seen.id, township="T1", state="open", raised_on=day))
        return self.new(Alert)

    def key(self) -> str:
        return review_queue(self.home, EVERYWHERE).texts()[0].key.id


def ledger_of(plan: int) -> bytes:
    return workbook([{"方案编号": plan, "清单": "任务清单", "事项": "补种"}], LEDGER_HEADINGS)


def file(content: str, name: str, **form: str) -> dict[str, Any]:
    return {"file": (io.BytesIO(content.encode()), name), **form}


def place(at: float, **more: str) -> dict[str, str]:
    return {
        "name": "新里",
        "kind": "",
        "township": "",
        "lng": str(WEST + at * SIDE),
        "lat": str(SOUTH + 0.3 * SIDE),
        **more,
    }


def seen(doer: Doer, code: str) -> str:
    return find_place(doer.home, code).fingerprint()


PROJECT = {"name": "甲", "owner": "乙", "lng": "83.06", "lat": "39.02", "radius_m": "150",
           "township": "", "class_1": "", "note": ""}  # fmt: skip
POINT = {"name": "南门", "lng": "83.06", "lat": "39.021", "radius_m": "100"}
ITEM = {"title": "垃圾清运", "kind": "problems", "responsible_id": "0", "class_1": ""}
UNIT = {"name": "水务局", "kind": "department", "parent_id": "0"}
ACCOUNT = {"name": "someone", "display_name": "某人", "active": "y"}
TALK = {"talkers": "甲", "demands": "整改", "held_on": "2025-04-10", "deadline": "2025-05-10"}
ORDER = {"number": "督1", "source": "media", "level": "city", "title": "甲", "demand": "办理",
         "township": "", "issued_on": "2025-04-01", "deadline": "2025-04-20"}  # fmt: skip
MATTER = "移送的事"
JANUARY = {"cycle": "month-2025-01"}
RUN = {"start": "2025-01-01", "end": "2025-04-01", "period": "month", "resolution": "8"}

DUTIES = "场景,层级,牵头单位\n加装电梯,市,住建委\n"
DUTY = {"scenario": "漏水", "path": "", "level": "city", "lead": "水务所"}
MEETING = {"held_on": "2025-06-20", "minutes": "一、清运垃圾"}
FUNDING = "事项编号,年度,资金来源,计划\n{},2025,市级,3.5\n"
ASKED = {"source_kind": "item", "title": "管网改造", "due_on": "2999-01-01"}
WHISTLE = {"township": "T1", "title": "管网", "deadline": "2999-01-01", "do": "raise"}


def department(doer: Doer) -> int:
    """A unit that a township may call."""
    with services(doer.app).database.session() as session:
        return int(session.scalar(select(Unit.id).where(Unit.kind == "department")) or 0)


def asked_unit(doer: Doer) -> str:
    """A department that may be asked to adopt something."""
    number = department(doer)
    if not number:
        values = UnitValues(name="城管委", kind="department")
        number = create_unit(operator(services(doer.app).database), values).id
    return str(number)


def call(doer: Doer, step: str) -> str:
    whistle = doer.new(Whistle)
    return f"/supervision/whistles/{whistle}/calls/{doer.new(WhistleCall)}/{step}"


Step = tuple[str, str, Callable[[Doer], str], Callable[[Doer], dict[str, Any]]]

TOKENS = {
    "place_import.upload": "places", "cases.import_view": "mapping",
    "funding_import.upload": "money",
    "published.take_in": "published", "indicators.take_in": "indicators",
    "item_import.take_in": "items",
    "topic_callbacks.take_in": "callbacks", "topic_assessments.take_in": "assessments",
}  # fmt: skip

STEPS: list[Step] = [
    ("cases.import_view", "job.start", lambda _: "/cases/import",
     lambda _: file(CASES, "cases.csv", profile="suyuan")),
    ("cases.import_view", "upload.keep", lambda _: "/cases/import",
     lambda _: file(UNKNOWN_CASES, "odd.csv", profile="")),
    ("mapping.decide", "profile.save", lambda d: d.made["mapping"],
     lambda _: {"column-0": "case_id", "column-1": "received_at", "column-2": "title",
                "name": "own", "zone": "UTC", "crs": "WGS84", "do": "save"}),
    ("mapping.import_with", "job.start", lambda d: d.made["mapping"] + "/import",
     lambda _: {"profile": "own"}),
    ("cases.import_view", "upload.keep", lambda _: "/cases/import",
     lambda _: file(UNKNOWN_CASES, "odd.csv", profile="")),
    ("mapping.give_up", "upload.delete", lambda d: d.made["mapping"] + "/delete", lambda _: {}),
    ("profiles.edit", "profile.save", lambda _: "/cases/profiles/own/edit",
     lambda _: {"headers-case_id": "流水", "headers-received_at": "发生", "zone": "UTC",
                "crs": "WGS84", "date_order": "dmy"}),
    ("profiles.delete", "profile.delete", lambda _: "/cases/profiles/own/delete", lambda _: {}),
    ("cases.unmask", "case.unmask",
     lambda d: f"/cases/{mark_of(d.home, '2025-03', 'Z1')}/unmask", lambda _: {}),
    ("cases.redeclare", "job.start", lambda d: f"/cases/batches/{d.batch()}/system",
     lambda _: {"crs": "GCJ-02"}),
    ("cases.decide", "coordinate.decide", lambda _: "/cases/quality/decide",
     lambda _: {"lng": "83.01", "lat": "39.01", "meaning": "default_point"}),
    ("units.adopt", "unit.adopt", lambda _: "/units/adopt", lambda _: {}),
    ("handlers.adopt", "unit.name_handler", lambda _: "/units/handlers/adopt", lambda _: {}),
    ("units.new", "unit.create", lambda _: "/units/new", lambda _: UNIT),
    ("units.edit", "unit.change", lambda d: f"/units/{d.new(Unit)}",
     lambda d: {**UNIT, "name": "水务所", "row_version": d.version(Unit)}),
    ("handlers.name", "unit.name_handler", lambda _: "/units/handlers",
     lambda d: {"name": "东街道", "unit_id": str(d.new(Unit))}),
    ("accounts.new", "account.create", lambda _: "/accounts/new", lambda _: ACCOUNT),
    ("accounts.edit", "account.change", lambda d: f"/accounts/{d.new(Account)}",
     lambda d: {**ACCOUNT, "display_name": "另一人", "row_version": d.version(Account)}),
    ("accounts.reset", "account.reset_password",
     lambda d: f"/accounts/{d.new(Account)}/password", lambda _: {}),
    ("accounts.release", "account.release",
     lambda d: f"/accounts/{d.new(Account)}/release", lambda _: {}),
    ("place_import.upload", "job.start", lambda _: "/places/import",
     lambda _: file(PLACES, "places.csv", update="y")),
    ("place_import.decide", "job.start", lambda d: d.made["places"],
     lambda _: {"update": "y", "do": "look"}),
    ("place_import.give_up", "upload.delete", lambda d: d.made["places"] + "/delete",
     lambda _: {}),
    ("places.new", "place.create", lambda _: "/places/new", lambda _: place(0.5)),
    ("places.edit", "place.change", lambda _: "/places/P3/edit",
     lambda d: place(0.3, name="柳岸新村", seen=seen(d, "P3"))),
    ("places.merge", "place.merge", lambda _: "/places/P1/merge",
     lambda d: {"other": "P2", "seen_kept": seen(d, "P1"), "seen_other": seen(d, "P2")}),
    ("places.unmerge", "place.unmerge", lambda _: "/places/P1/unmerge",
     lambda d: {"change": str(read_changes(d.home)[-1].number)}),
    ("review.ask_online", "text.ask_online", lambda d: f"/places/review/{d.key()}/ask-online",
     lambda _: {}),
    ("review.decide", "text.decide", lambda d: f"/places/review/{d.key()}",
     lambda _: {"how": "unplaced", "reason": f"{NAME}，电话{PHONE}"}),
    ("review.undo", "text.undo",
     lambda d: f"/places/decisions/{read_decisions(d.home).all[-1].number}/undo", lambda _: {}),
    ("places.apply", "job.start", lambda _: "/places/apply", lambda _: {}),
    ("rules.new", "rule.create", lambda _: "/hotspots/rules/new?kind=repeat",
     lambda d: {**d.fresh(), "days": "10"}),
    ("rules.edit", "rule.change", lambda d: f"/hotspots/rules/{load_rules(d.home)[-1].name}/edit",
     lambda d: {**d.fresh(), "days": "11"}),
    ("rules.remove", "rule.remove",
     lambda d: f"/hotspots/rules/{load_rules(d.home)[-1].name}/remove", lambda d: d.fresh()),
    ("rules.reset", "rule.reset", lambda _: "/hotspots/rules/reset", lambda _: {}),
    ("hotspots.analyse", "job.start", lambda _: "/hotspots/analyse", lambda _: RUN),
    ("hotspots.sensitivity_start", "job.start", lambda _: "/hotspots/sensitivity",
     lambda d: {"run": newest_run(d.home).id}),  # type: ignore[union-attr]
    ("hotspots.backtest_view", "job.start", lambda _: "/hotspots/backtest",
     lambda _: {"resolution": "8"}),
    ("comparing.ask", "job.start", lambda _: "/hotspots/compare",
     lambda _: {"start": "2025-03-01", "end": "2025-04-01", "with_start": "2025-02-01",
                "with_end": "2025-03-01", "resolution": "8", "measure": "reports"}),
    ("takeaway.begin", "job.start",
     lambda d: f"/hotspots/runs/{newest_run(d.home).id}/take-away/gpkg", lambda _: {}),  # type: ignore[union-attr]
    ("taken_counts.begin", "job.start",
     lambda _: "/hotspots/counts/take-away/gpkg?class=%E5%99%AA%E5%A3%B0", lambda _: {}),
    ("jobs.cancel", "job.cancel", lambda d: f"/jobs/{d.waiting_job()}/cancel", lambda _: {}),
    ("projects.new", "project.create", lambda _: "/projects/new", lambda _: PROJECT),
    ("projects.edit", "project.change", lambda _: "/projects/1/edit",
     lambda _: {**PROJECT, "name": "丙", "row_version": "1"}),
    ("projects.undo", "project.change", lambda _: "/projects/1/undo",
     lambda _: {"row_version": "2"}),
    ("projects.move", "project.move", lambda _: "/projects/1/move",
     lambda _: {"state": "submitted", "on": "2025-07-02", "row_version": "3"}),
    ("project_points.new", "point.create", lambda _: "/projects/1/points/new", lambda _: POINT),
    ("project_points.edit", "point.change", lambda _: "/projects/points/2/edit",
     lambda _: {**POINT, "name": "北门", "row_version": "1"}),
    ("project_points.remove", "project.remove_point",
     lambda _: "/projects/1/points/2/remove", lambda _: {}),
    ("project_points.share", "project.add_point",
     lambda _: "/projects/1/points/2/share", lambda _: {}),
    ("project_points.detach", "point.detach_case", lambda _: "/projects/points/1/detach",
     lambda d: {"case": d.case_at_the_point(), "reason": "是隔壁工地"}),
    ("project_points.attach", "point.attach_case",
     lambda d: f"/projects/points/1/detached/{d.new(DetachedCase)}/attach", lambda _: {}),
    ("project_photos.take", "photo.create", lambda _: "/projects/1/photos",
     lambda _: {"point_id": "1", "words": "", "photos": (io.BytesIO(photo()), "a.jpg")}),
    ("project_photos.delete", "project.delete_photo",
     lambda d: f"/projects/1/photos/{d.new(Photo)}/delete", lambda _: {}),
    ("followed_points.watch_again", "job.start", lambda _: "/projects/follow-up", lambda _: {}),
    ("followed_points.answer", "point_alert.closed",
     lambda d: f"/projects/follow-up/{d.point_alert()}",
     lambda _: {"state": "closed", "words": "已核实", "row_version": "1"}),
    ("effects.judge_again", "job.start", lambda _: "/projects/effects", lambda _: {}),
    ("rule_sets.new", "rule_set.create", lambda _: "/assessment/rules/new", lambda _: RULE_SET),
    ("rule_sets.edit", "rule_set.change", lambda d: f"/assessment/rules/{d.new(RuleSet)}",
     lambda d: {**RULE_SET, "start_day": "19", "row_version": d.version(RuleSet)}),
    ("rule_sets.end", "rule_set.end", lambda d: f"/assessment/rules/{d.new(RuleSet)}/end",
     lambda d: {"last_day": "2026-12-31", "row_version": d.version(RuleSet)}),
    ("closing.close", "cycle.close", lambda _: "/assessment/cycles/close",
     lambda _: {"cycle": "month-2025-02"}),
    ("closing.recompute", "cycle.recompute", lambda _: "/assessment/cycles/recompute",
     lambda _: {"cycle": "month-2025-02"}),
    ("governing.propose", "designation.create", lambda _: "/governance/propose",
     lambda _: {"township": "T1", "on": "2025-07-01", "reason": "诉求集中"}),
    ("governing.step", "designation.designated", lambda _: "/governance/1/move",
     lambda _: {"state": "designated", "on": "2025-07-01", "row_version": "1"}),
    ("governing.plan", "plan.create", lambda _: "/governance/1/plan", lambda _: {"year": "2025"}),
    ("plans.edit", "plan.change", lambda d: f"/governance/plans/{d.new(Plan)}/edit",
     lambda d: {"name": "整治方案", "summary": "先易后难", "row_version": d.version(Plan)}),
    ("plans.new_item", "list_item.create",
     lambda d: f"/governance/plans/{d.new(Plan)}/items/new", lambda _: ITEM),
    ("plans.edit_item", "list_item.change",
     lambda d: f"/governance/items/{d.new(ListItem)}/edit",
     lambda d: {**ITEM, "title": "清运", "row_version": d.version(ListItem)}),
    ("item_versions.undo", "list_item.restore",
     lambda d: f"/governance/items/{d.new(ListItem)}/undo", lambda d: d.on(ListItem)),
    ("item_ledger.bulk", "list_item.change", lambda _: "/governance/items",
     lambda d: {"item": f"{d.new(ListItem)}:{d.version(ListItem)}", "priority": "topic"}),
    ("issue_types.list_view", "issue_type.create", lambda _: "/governance/issue-types",
     lambda _: {"key": "dogs", "chinese": "犬只", "english": "Dogs"}),
    ("issue_types.change", "issue_type.change", lambda _: "/governance/issue-types/dogs",
     lambda _: {"chinese": "犬只管理", "english": "Dogs", "active": "y", "row_version": "1"}),
    ("issue_types.move_up", "issue_type.order", lambda _: "/governance/issue-types/dogs/up",
     lambda _: {}),
    ("item_import.take_in", "upload.keep", lambda _: "/governance/items/import",
     lambda d: {"file": (io.BytesIO(ledger_of(d.new(Plan))), "items.xlsx")}),
    ("item_import.give_up", "upload.delete", lambda d: d.made["items"] + "/delete",
     lambda _: {}),
    ("item_import.take_in", "upload.keep", lambda _: "/governance/items/import",
     lambda d: {"file": (io.BytesIO(ledger_of(d.new(Plan))), "items.xlsx")}),
    ("item_import.store", "list_item.create", lambda d: d.made["items"],
     lambda _: {"mode": "whole"}),
    ("funding.new", "funding.create", lambda d: f"/governance/items/{d.new(ListItem)}/funding",
     lambda _: {"year": "2025", "source": "city", "planned": "100"}),
    ("funding.edit", "funding.change", lambda d: f"/governance/funding/{d.new(Funding)}",
     lambda d: d.on(Funding, year="2025", source="city", planned="120", note=f"{PHONE}{NAME}")),
    ("funding.remove", "funding.remove", lambda d: f"/governance/funding/{d.new(Funding)}/remove",
     lambda d: d.on(Funding)),
    ("funding_import.upload", "upload.keep", lambda _: "/governance/funding/import",
     lambda d: file(FUNDING.format(d.new(ListItem)), "money.csv")),
    ("funding_import.store", "funding.import", lambda d: d.made["money"],
     lambda d: {"do": "all", "seen": d.seen(d.made["money"])}),
    ("funding_import.upload", "upload.keep", lambda _: "/governance/funding/import",
     lambda d: file(FUNDING.format(d.new(ListItem)), "money.csv")),
    ("funding_import.give_up", "upload.delete", lambda d: d.made["money"] + "/delete",
     lambda _: {}),
    ("adoptions.new", "adoption.create", lambda _: "/governance/adoptions/new",
     lambda d: {**ASKED, "source_id": str(d.new(ListItem)), "units": asked_unit(d)}),
    ("adoptions.answer", "adoption.answer",
     lambda d: f"/governance/adoptions/{d.new(AdoptionRequest)}/answer",
     lambda d: d.on(AdoptionRequest, do="not_adopted", reason=f"{PHONE}{NAME}")),
    ("adoptions.new", "adoption.create", lambda _: "/governance/adoptions/new",
     lambda d: {**ASKED, "source_id": str(d.new(ListItem)), "units": asked_unit(d)}),
    ("adoptions.withdraw", "adoption.withdraw",
     lambda d: f"/governance/adoptions/{d.new(AdoptionRequest)}/withdraw",
     lambda d: d.on(AdoptionRequest, reason=f"{PHONE}{NAME}")),
    ("plans.move_item", "list_item.move", lambda d: f"/governance/items/{d.new(ListItem)}/move",
     lambda d: {"state": "under_way", "row_version": d.version(ListItem)}),
    ("plans.new_item", "list_item.create",
     lambda d: f"/governance/plans/{d.new(Plan)}/items/new", lambda _: ITEM),
    ("desk.undo", "list_item.undo", lambda d: f"/desk/1/items/{d.new(ListItem)}/undo",
     lambda d: {"row_version": d.version(ListItem)}),
    ("plans.kinds_view", "list_kind.create", lambda _: "/governance/kinds",
     lambda _: {"key": "funds", "chinese": "资金清单", "english": "Funds"}),
    ("plans.change_kind", "list_kind.change", lambda _: "/governance/kinds/funds",
     lambda _: {"chinese": "经费清单", "english": "Funds", "active": "y", "row_version": "1"}),
    ("plans.move_kind_up", "list_kind.order", lambda _: "/governance/kinds/funds/up",
     lambda _: {}),
    ("published.take_in", "upload.keep", lambda _: "/assessment/published/import",
     lambda _: file(PUBLISHED, "results.csv")),
    ("published.give_up", "upload.delete", lambda d: d.made["published"] + "/delete",
     lambda _: {}),
    ("published.take_in", "upload.keep", lambda _: "/assessment/published/import",
     lambda _: file(PUBLISHED, "results.csv")),
    ("indicators.take_in", "upload.keep", lambda _: "/assessment/indicators/import",
     lambda _: file(INDICATORS, "indicators.csv")),
    ("indicators.give_up", "upload.delete", lambda d: d.made["indicators"] + "/delete",
     lambda _: {}),
    ("indicators.take_in", "upload.keep", lambda _: "/assessment/indicators/import",
     lambda _: file(INDICATORS, "indicators.csv")),
    ("indicators.store", "indicator.import", lambda d: d.made["indicators"], lambda _: {}),
    ("indicators.new", "indicator.create", lambda _: "/assessment/indicators/new",
     lambda _: INDICATOR),
    ("indicators.edit", "indicator.change",
     lambda d: f"/assessment/indicators/{d.new(Indicator)}",
     lambda d: {**INDICATOR, "weight": "2", "row_version": d.version(Indicator)}),
    ("indicators.set_value", "indicator.value",
     lambda d: f"/assessment/indicators/{d.new(Indicator)}/value",
     lambda _: {"district": "T1", "period": "2024", "value": "7"}),
    ("indicators.classes", "indicator.classes", lambda _: "/assessment/indicators/classes",
     lambda _: {"seen": fingerprint({})}),
    ("codes.show", "succession.create", lambda _: "/assessment/codes",
     lambda _: {"before": "T1", "after": "T1 T2", "since": "2025-01-01"}),
    ("codes.remove", "succession.remove",
     lambda d: f"/assessment/codes/{d.new(Succession)}/remove", lambda _: {}),
    ("published.store", "published.import", lambda d: d.made["published"], lambda _: {}),
    ("meetings.new", "meeting.create",
     lambda d: f"/supervision/meetings/new/{d.new(Designation)}", lambda _: MEETING),
    ("meetings.edit", "meeting.change",
     lambda d: f"/supervision/meetings/{d.new(Meeting)}/edit",
     lambda d: {**MEETING, "chair": "主任", "row_version": d.version(Meeting)}),
    ("exclusions.new", "exclusion.create", lambda _: "/assessment/exclusions/new",
     lambda _: EXCLUSION),
    ("exclusions.take_back", "exclusion.withdraw",
     lambda d: f"/assessment/exclusions/{d.new(Exclusion)}/withdrawal",
     lambda d: {"state": "withdrawn", "row_version": d.version(Exclusion)}),
    ("exclusions.new", "exclusion.create", lambda _: "/assessment/exclusions/new",
     lambda _: EXCLUSION),
    ("exclusions.decide", "exclusion.approve",
     lambda d: f"/assessment/exclusions/{d.new(Exclusion)}/decision",
     lambda d: {"state": "approved", "row_version": d.version(Exclusion)}),
    ("proactive.new", "proactive.create", lambda _: "/projects/proactive/new",
     lambda _: {**PROACTIVE, "root_cause": f"{NAME}，电话{PHONE}", "points-0-name": FLAT,
                "source_cases": "Z1"}),
    ("proactive.edit", "proactive.change",
     lambda d: f"/projects/proactive/{d.new(ProactiveProject)}/edit",
     lambda d: d.on(ProactiveProject, **PROACTIVE)),
    ("proactive.move", "proactive.apply",
     lambda d: f"/projects/proactive/{d.new(ProactiveProject)}/move",
     lambda d: d.on(ProactiveProject, state="applied")),
    ("objections.new", "objection.create", lambda _: "/assessment/objections/new",
     lambda _: {"kind": "appeal", "case_id": "Z1", "raised_on": "2025-04-01",
                "words": f"{NAME}，电话{PHONE}"}),
    ("objections.decide", "objection.uphold",
     lambda d: f"/assessment/objections/{d.new(Objection)}/decision",
     lambda d: {"state": "upheld", "words": f"{NAME}，电话{PHONE}",
                "row_version": d.version(Objection)}),
    ("scorecards.new", "scorecard.create", lambda _: "/assessment/scorecards/new",
     lambda _: {"name": "噪声", "paths": "噪声"}),
    ("scorecards.edit", "scorecard.change",
     lambda d: f"/assessment/scorecards/{d.new(Scorecard)}",
     lambda d: {"name": "噪声扰民", "paths": "噪声", "row_version": d.version(Scorecard)}),
    ("duties.import_view", "duty.import", lambda _: "/duties/import",
     lambda _: file(DUTIES, "duties.csv", batch="一")),
    ("duties.new", "duty.create", lambda _: "/duties/new", lambda _: DUTY),
    ("duties.edit", "duty.change", lambda d: f"/duties/{d.new(Duty)}/edit",
     lambda _: {**DUTY, "lead": "水务局", "row_version": "1"}),
    ("duties.remove", "duty.remove", lambda d: f"/duties/{d.new(Duty)}/remove",
     lambda _: {"row_version": "2"}),
    ("whistles.new", "whistle.create", lambda _: "/supervision/whistles/new",
     lambda d: {**WHISTLE, "lead": str(department(d))}),
    ("whistles.recall", "whistle.recall", lambda d: f"/supervision/whistles/{d.new(Whistle)}/units",
     lambda d: {"lead": str(department(d)), "deadline": "2999-01-01", "row_version": "1"}),
    ("whistles.report", "whistle_call.report", lambda d: call(d, "report"),
     lambda d: {"row_version": d.version(WhistleCall)}),
    ("whistles.handle", "whistle_call.handle", lambda d: call(d, "handle"),
     lambda d: {"words": "已修", "row_version": d.version(WhistleCall)}),
    ("whistles.rate", "whistle.rate", lambda d: f"/supervision/whistles/{d.new(Whistle)}/rate",
     lambda d: {"rating": "good", "row_version": d.version(Whistle)}),
    ("whistles.new", "whistle.create", lambda _: "/supervision/whistles/new",
     lambda d: {**WHISTLE, "lead": str(department(d))}),
    ("whistles.withdraw", "whistle.withdraw",
     lambda d: f"/supervision/whistles/{d.new(Whistle)}/withdraw",
     lambda d: {"words": "重复", "row_version": d.version(Whistle)}),
    ("warnings.raise_new", "warning.create", lambda d: d.leading_township(), lambda _: JANUARY),
    ("talks.propose", "talk.create", lambda _: "/supervision/talks/propose", lambda _: JANUARY),
    ("talks.confirm", "talk.confirm", lambda d: f"/supervision/talks/{d.new(Talk)}/confirm",
     lambda d: d.on(Talk, talkers="甲")),
    ("talks.hold", "warning.talk", lambda d: f"/supervision/talks/{d.new(Talk)}/hold",
     lambda d: d.on(Talk, **TALK)),
    ("talks.recheck", "talk.recheck", lambda d: f"/supervision/talks/{d.new(Talk)}/recheck",
     lambda d: d.on(Talk, words="已整改", on="2025-05-11")),
    ("talks.new", "talk.create", lambda _: "/supervision/talks/new",
     lambda _: {"about": "township:T2", "kind": "other", "reason": "安排"}),
    ("talks.drop", "talk.drop", lambda d: f"/supervision/talks/{d.new(Talk)}/drop",
     lambda d: d.on(Talk, words="不必")),
    ("warnings.answer", "warning.answer",
     lambda d: f"/supervision/warnings/{d.new(EarlyWarning)}/answer",
     lambda d: d.on(EarlyWarning, words="正在整治")),
    ("warnings.close", "warning.close",
     lambda d: f"/supervision/warnings/{d.new(EarlyWarning)}/close",
     lambda d: d.on(EarlyWarning, words="可以")),
    ("orders.new", "order.create", lambda _: "/supervision/orders/new",
     lambda d: {**ORDER, "unit_id": str(d.new(Unit))}),
    ("orders.extend", "order.extend",
     lambda d: f"/supervision/orders/{d.new(SupervisionOrder)}/extend",
     lambda d: d.on(SupervisionOrder, until="2025-05-01", reason="需协调")),
    ("orders.feedback", "order.answer",
     lambda d: f"/supervision/orders/{d.new(SupervisionOrder)}/feedback",
     lambda d: d.on(SupervisionOrder, words="已办")),
    ("orders.close", "order.close",
     lambda d: f"/supervision/orders/{d.new(SupervisionOrder)}/close",
     lambda d: d.on(SupervisionOrder, words="解决了")),
    ("accountability.new", "accountability.create", lambda _: "/supervision/accountability/new",
     lambda d: {"unit_id": str(d.new(Unit)), "matter": MATTER, "referred_on": "2025-04-01"}),
    ("accountability.edit", "accountability.change",
     lambda d: f"/supervision/accountability/{d.new(Accountability)}",
     lambda d: d.on(Accountability, unit_id=str(d.new(Unit)), matter=f"{MATTER}，更正",
                    referred_on="2025-04-01")),
    ("decisions.new", "decision.create", lambda _: "/townships/decisions/new?n=3",
     lambda _: {"title": "首批", "decided_on": "2025-07-08", "decided_by": "会议", "corrects": "",
                "chosen": "T2", "reason-T2": "诉求集中"}),
    ("topics.new", "topic.create", lambda _: "/topics/new",
     lambda _: {**TOPIC, "grounds": f"{NAME}，电话{PHONE}"}),
    ("topics.edit", "topic.change", lambda d: f"/topics/{d.new(Topic)}/edit",
     lambda d: d.on(Topic, **TOPIC, leader=NAME)),
    ("topics.add_problem", "topic_problem.create", lambda d: f"/topics/{d.new(Topic)}/problems",
     lambda _: {"name": "误加"}),
    ("topic_problems.remove", "topic_problem.remove",
     lambda d: f"/topics/problems/{d.new(TopicProblem)}/remove", lambda d: d.on(TopicProblem)),
    ("topics.add_problem", "topic_problem.create", lambda d: f"/topics/{d.new(Topic)}/problems",
     lambda _: {"name": "夜间"}),
    ("topic_problems.edit", "topic_problem.change",
     lambda d: f"/topics/problems/{d.new(TopicProblem)}/edit",
     lambda d: d.on(TopicProblem, name="夜间", text=f"{NAME}，电话{PHONE}")),
    ("topic_problems.define", "topic_problem.define",
     lambda d: f"/topics/problems/{d.new(TopicProblem)}/definitions/new",
     lambda d: d.on(TopicProblem, **DEFINITION)),
    ("topic_problems.set_targets", "topic_problem.targets",
     lambda d: f"/topics/problems/{d.new(TopicProblem)}/targets",
     lambda d: d.on(TopicProblem, definition=str(d.new(CaseDefinition)), year="2025", m03="9")),
    ("topic_checks.draw", "definition_check.create",
     lambda d: f"/topics/definitions/{d.new(CaseDefinition)}/checks",
     lambda _: {"size": "10", "seed": "1"}),
    ("topic_checks.judge", "definition_check.judge",
     lambda d: f"/topics/checks/{d.new(DefinitionCheck)}",
     lambda _: {"answer-1": "yes", "seen-1": "1"}),
    ("topics.mark", "topic.mark", lambda d: f"/topics/{d.new(Topic)}/townships",
     lambda _: {"township": "T1", "mark": "model"}),
    ("topics.unmark", "topic.unmark", lambda d: f"/topics/{d.new(Topic)}/townships/remove",
     lambda _: {"township": "T1", "mark": "model"}),
    ("topics.add_scenario", "topic.scenario", lambda d: f"/topics/{d.new(Topic)}/scenarios",
     lambda _: {"scenario": "漏水"}),
    ("topics.add_scenario", "topic.scenario", lambda d: f"/topics/{d.new(Topic)}/scenarios",
     lambda _: {"scenario": "误加"}),
    ("topics.remove_scenario", "topic.unscenario",
     lambda d: f"/topics/{d.new(Topic)}/scenarios/remove", lambda _: {"scenario": "误加"}),
    ("topic_documents.edit", "topic_document.change",
     lambda d: f"/topics/documents/{d.new(TopicDocument)}",
     lambda d: d.on(TopicDocument, text=f"{NAME}，电话{PHONE}")),
    ("topics.move", "topic.move", lambda d: f"/topics/{d.new(Topic)}/move",
     lambda d: d.on(Topic, state="closed", words="不列")),
    ("topic_callbacks.add", "topic.callback", lambda _: "/topics/callbacks",
     lambda d: {"problem_id": str(d.new(TopicProblem)), "month": "2025-03", "asked": "9",
                "solved": "5", "satisfied": "4", "source": NAME}),
    ("topic_callbacks.remove", "topic.uncallback",
     lambda d: f"/topics/callbacks/{d.new(TopicCallback)}/remove", lambda _: {}),
    ("topic_callbacks.take_in", "upload.keep", lambda _: "/topics/callbacks/import",
     lambda _: file(CALLED_BACK, "callbacks.csv")),
    ("topic_callbacks.give_up", "upload.delete", lambda d: d.made["callbacks"] + "/delete",
     lambda _: {}),
    ("topic_callbacks.take_in", "upload.keep", lambda _: "/topics/callbacks/import",
     lambda _: file(CALLED_BACK, "callbacks.csv")),
    ("topic_callbacks.store", "topic.callback", lambda d: d.made["callbacks"], lambda _: {}),
    ("topic_assessments.add", "topic.assessment", lambda _: "/topics/assessments",
     lambda d: {"topic_id": str(d.new(Topic)), "period": "mid_year", "indicator": "知晓率",
                "value": "80", "source": NAME}),
    ("topic_assessments.remove", "topic.unassessment",
     lambda d: f"/topics/assessments/{d.new(TopicAssessment)}/remove", lambda _: {}),
    ("topic_assessments.take_in", "upload.keep", lambda _: "/topics/assessments/import",
     lambda _: file(ASSESSED, "assessed.csv")),
    ("topic_assessments.give_up", "upload.delete", lambda d: d.made["assessments"] + "/delete",
     lambda _: {}),
    ("topic_assessments.take_in", "upload.keep", lambda _: "/topics/assessments/import",
     lambda _: file(ASSESSED, "assessed.csv")),
    ("topic_assessments.store", "topic.assessment", lambda d: d.made["assessments"],
     lambda _: {}),
    ("cases.withdraw", "job.start", lambda d: f"/cases/batches/{d.batch()}/withdraw",
     lambda _: {}),
    ("sign_in.password", "account.change_password", lambda _: "/password",
     lambda _: {"old": PASSWORD, "new": "seven-warm-kettles-3", "again": "seven-warm-kettles-3"}),
    ("sign_in.sign_out", "sign_out", lambda _: "/sign-out", lambda _: {}),
    ("sign_in.sign_in", "sign_in", lambda _: "/sign-in",
     lambda _: {"name": DOER, "password": "seven-warm-kettles-3"}),
    ("following.close", "alert.close", lambda d: f"/supervision/follow-up/alerts/{d.alert()}/close",
     lambda d: d.on(Alert, words="已核实")),
]  # fmt: skip
"""Endpoint, act, address, form: in an order in which each finds what it needs."""

UNRECORDED = {
    "desk.put": "makes an item as plans.new_item does; tests/app/townships/test_desk.py walks it",
    "language": "the language of one's own pages; nothing of the home changes",
    "cases.find": "posted only so that the number stands in no address; it leads to a page",
    "search.look_up": "posted only so that what was typed stands in no address; it finds",
    "search.near_view": "posted only so that a position stands in no address; it finds",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    path = make_small_register(tmp_path_factory.mktemp("acts"))
    squares = write_townships(path.parent / "districts.geojson")
    import_boundaries(
        Home.at(path), squares, level="district", code_field="code", name_field="name"
    )
    return make_app(path)


@pytest.fixture(scope="module")
def done(app: Flask) -> list[AuditEntry]:
    """Send every form once; return all entries that were made."""
    doer = Doer(app, client_as(app, DOER, EVERY_OFFICE))
    with fake_nominatim() as server:
        switch_on(doer.home, OnlineSetting("nominatim", options_of(server), seconds_apart=0.01))
        for endpoint, act, path, form in STEPS:
            before = len(entries(app))
            address = path(doer)
            answer = doer.client.post(address, data=form(doer))
            assert answer.status_code in (200, 302), (endpoint, answer.text)
            made = entries(app)[before:]
            acts = [(each.action, each.who, each.address) for each in made]
            assert (act, DOER, "127.0.0.1") in acts, (endpoint, acts)
            remember(doer, endpoint, answer.headers.get("Location", ""))
    return entries(app)


def remember(doer: Doer, endpoint: str, location: str) -> None:
    """Keep the address of an upload that waits."""
    if endpoint not in TOKENS:
        return
    if "/jobs/" in location:
        state = doer.client.get(location.removesuffix("/watch")).json or {}
        location = state["result_url"] or ""
    doer.made[TOKENS[endpoint]] = location.partition("?")[0]


def entries(app: Flask) -> list[AuditEntry]:
    with services(app).database.session() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_every_route_that_sends_is_walked_or_says_why_not(app: Flask) -> None:
    senders = {r.endpoint for r in app.url_map.iter_rules() if "POST" in (r.methods or set())}
    assert senders == {step[0] for step in STEPS} | UNRECORDED.keys()


def test_each_act_leaves_an_entry_with_its_name(app: Flask, done: list[AuditEntry]) -> None:
    assert {each.account_id for each in done if each.who == DOER} != {None}
    kinds = {each.after["kind"] for each in done if each.action == "job.start" and each.after}
    assert kinds == {
        "import", "redeclare", "recheck", "check-places", "relocate", "analyse", "sensitivity",
        "backtest", "compare", "export", "export-counts", "judge-points", "follow-points",
        "withdraw",
    }  # fmt: skip
    change = next(each for each in done if each.action == "place.change")
    assert change.before is not None
    assert (change.before["name"], change.subject_id) == ("柳岸村", "P3")
    assert change.after == {**(change.after or {}), "name": "柳岸新村"}
    started = next(each for each in done if each.action == "job.start")
    assert started.after == {
        "kind": "import", "file": "cases.csv", "profile": "suyuan", "crs": None, "sheet": None,
    }  # fmt: skip


def test_nothing_personal_stands_in_the_audit(done: list[AuditEntry]) -> None:
    everything = "\n".join(
        f"{each.who} {each.subject_kind} {each.subject_id} {each.before} {each.after}"
        for each in done
    )
    for secret in (PHONE, NAME, FLAT, "Z1", "天马路", MATTER):
        assert secret not in everything


def test_acts_have_names(app: Flask, done: list[AuditEntry]) -> None:
    from app.accounts.wording import action_names

    with app.test_request_context():
        assert {each.action for each in done} <= action_names().keys()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'nobody'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
        "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    ],
)
def test_the_database_refuses_to_change_what_was_written(
    app: Flask, done: list[AuditEntry], statement: str
) -> None:
    with pytest.raises(DBAPIError, match="audit"), services(app).database.session() as session:
        session.execute(text(statement))
    assert [each.who for each in entries(app)] == [each.who for each in done]


def test_one_module_writes_the_audit() -> None:
    folder = Path(__file__).resolve().parents[3] / "app"
    makes = re.compile(r"AuditEntry\(|\b(insert|update|delete)\(\s*AuditEntry|audit_entry")
    writers = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if makes.search(path.read_text("utf-8"))
    }
    assert writers == {
        "accounts/audit.py", "accounts/models.py", "migrations/versions/0002_accounts.py"
    }  # fmt: skip


def test_a_job_is_seen_by_who_started_it_and_by_the_whole_citys_import(app: Flask) -> None:
    viewer = client_as(app, "a-viewer", ["viewer"])
    own = make_job(app, "own" + "0" * 29, viewer)
    followed = make_job(app, "none" + "0" * 28, None)
    for path in ("", "/panel", "/watch"):
        assert viewer.get(f"/jobs/{own}{path}").status_code == 200
        assert viewer.get(f"/jobs/{followed}{path}").status_code == 404
    assert viewer.post(f"/jobs/{followed}/cancel").status_code == 404
    planner = client_as(app, "a-planner", ["planner"])
    for job in (own, followed):
        assert planner.get(f"/jobs/{job}").status_code == 200


def make_job(app: Flask, job_id: str, client: FlaskClient | None) -> str:
    with services(app).database.session() as session:
        account = session.scalar(select(Account.id).where(Account.name == "a-viewer"))
        job = Job(id=job_id, kind="analyse", arguments={}, created_at=datetime.now(UTC))
        job.started_by = account if client else None
        session.add(job)
    return job_id


def test_what_follows_a_job_has_no_starter(app: Flask, done: list[AuditEntry]) -> None:
    with services(app).database.session() as session:
        jobs = {job.kind: job.started_by for job in session.scalars(select(Job))}
    assert jobs["prepare-review"] is None
    assert jobs["import"] is not None
