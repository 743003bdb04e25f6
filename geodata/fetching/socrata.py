"""Socrata's SODA interface: ``/resource/<id>.json`` with $limit, $offset, $order and $where."""

from dataclasses import dataclass
from datetime import datetime

from geodata.errors import FetchFailed
from geodata.fetching.client import Client
from geodata.fetching.pages import Cursor, Page, ask, name_of
from geodata.profiles import Profile


@dataclass(frozen=True)
class Socrata:
    """Pages through a table in the order of its row ids.

    Attributes
    ----------
    start, end : datetime, optional
        Wall-clock times of the city, between which cases were received; `end` is exclusive.
    """

    url: str
    profile: Profile
    page_size: int
    start: datetime | None
    end: datetime | None
    time_name: str = ":updated_at"

    def first(self, client: Client, since: str, now: datetime) -> Cursor:  # noqa: ARG002
        """Say what to ask for: rows changed since then, received in the period."""
        terms = [f"{self.time_name} >= '{since}'"] if since else []
        if self.start or self.end:
            sample = ask(client, self.url, {"$limit": "50", "$order": ":id"})
            field = name_of("received_at", sample, self.profile)
            if field is None:
                raise _no_received(self.profile, list(sample[0]) if sample else [])
            for sign, moment in ((">=", self.start), ("<", self.end)):
                if moment:
                    terms.append(f"{field} {sign} '{moment:%Y-%m-%dT%H:%M:%S}'")
        where = " AND ".join(terms)
        return {"offset": 0, "where": where, "count": self._count(client, where)}

    def page(self, client: Client, cursor: Cursor) -> Page:
        """Ask for the next rows. An empty page is the end: a server may cap $limit."""
        parameters = {
            "$select": ":id,:updated_at,*",
            "$order": ":id",
            "$limit": str(self.page_size),
            "$offset": str(cursor["offset"]),
        }
        records = ask(client, self.url, parameters | _where(cursor["where"]))
        if records:
            return Page(records, {**cursor, "offset": cursor["offset"] + len(records)})
        count = self._count(client, cursor["where"])
        if count == cursor["count"] == cursor["offset"]:
            return Page([], None)
        came = cursor["offset"]
        return Page(
            [],
            None,
            note=(
                f"the table changed while it was fetched: {cursor['count']:,} rows at first, "
                f"{count:,} at the end, {came:,} came; the next fetch brings what changed",
                f"获取期间数据有变动：开始时 {cursor['count']:,} 行，结束时 {count:,} 行，"
                f"取到 {came:,} 行；下次获取会补上有变动的部分",
            ),
        )

    def _count(self, client: Client, where: str) -> int:
        (answer,) = ask(client, self.url, {"$select": "count(*) AS n"} | _where(where)) or ({},)
        try:
            return int(answer.get("n") or "")
        except ValueError as error:
            raise FetchFailed(
                "the address does not count its rows as Socrata does; expected …/resource/ID.json",
                "该地址不像 Socrata 接口，无法统计行数；应为 …/resource/编号.json",
            ) from error


def _where(where: str) -> dict[str, str]:
    return {"$where": where} if where else {}


def _no_received(profile: Profile, names: list[str]) -> FetchFailed:
    shown = ", ".join(names[:12])
    return FetchFailed(
        f"profile {profile.name} finds no time of receipt among {shown}; leave out --from and --to "
        "or use a profile that names it",
        f"导入方案 {profile.name} 在 {shown} 中找不到受理时间；请去掉 --from 和 --to，"
        "或换用写明该字段的方案",
    )
