"""Funding as an Excel workbook: the lines in the shape that is read again, and the sums."""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.access import Access
from app.excel_files import Sheet
from app.townships.funding.amounts import Amounts, per_head
from app.townships.funding.lines import amounts_of
from app.townships.funding.summing import FundingYear, ItemLine, unfilled_items
from app.townships.funding.wording import source_names
from app.translation import _


def workbook(access: Access, found: FundingYear, lines: Sequence[ItemLine]) -> list[Sheet]:
    """Return a sheet to fill in, one by township and one by district."""
    return [_lines(access, found.year, lines), _townships(found), _districts(found)]


def _lines(access: Access, year: int, lines: Sequence[ItemLine]) -> Sheet:
    names = source_names()
    rows: list[list[object]] = [
        [each.item.id, each.item.title, each.plan.name, year, names[each.funding.source],
         *_yuan(amounts_of(each.funding)), each.funding.note]
        for each in lines
    ]  # fmt: skip
    rows += [
        [item.id, item.title, plan.name, year, "", None, None, None, ""]
        for item, plan in unfilled_items(access, year)
    ]
    headings = [
        _("事项编号"), _("事项"), _("街乡镇或区"), _("年度"), _("资金来源"), _("计划（元）"),
        _("下达（元）"), _("支出（元）"), _("备注"),
    ]  # fmt: skip
    return Sheet(_("资金明细"), headings, rows)


def _townships(found: FundingYear) -> Sheet:
    districts = {line: group.name for group in found.districts for line in group.lines}
    rows = [
        [line.name, districts[line], _("是") if line.governed else _("否"), line.people,
         *_yuan(line.amounts), *_heads(line.amounts, line.people)]
        for line in found.townships
    ]  # fmt: skip
    headings = [_("街乡镇"), _("区"), _("当年为治理类"), _("人口"), *_amount_headings()]
    return Sheet(_("按街乡镇"), headings, rows)


def _districts(found: FundingYear) -> Sheet:
    names = {"governed": _("治理类街乡镇"), "others": _("其余街乡镇"), "whole": _("合计")}
    groups = [*found.districts, found.governed, found.others, found.whole]
    rows = [
        [names.get(group.name, group.name or _("不在任何区内")), group.townships, group.people,
         *_yuan(group.amounts), *_heads(group.amounts_of_known, group.people)]
        for group in groups
    ]  # fmt: skip
    headings = [_("区"), _("街乡镇数"), _("人口"), *_amount_headings()]
    return Sheet(_("按区和类别"), headings, rows)


def _amount_headings() -> list[str]:
    return [
        _("计划（元）"), _("下达（元）"), _("支出（元）"),
        _("人均计划（元）"), _("人均下达（元）"), _("人均支出（元）"),
    ]  # fmt: skip


def _yuan(amounts: Amounts) -> list[float]:
    return [fen / 100 for fen in amounts.parts().values()]


def _heads(amounts: Amounts, people: int | None) -> list[float | None]:
    heads = [per_head(fen, people) for fen in amounts.parts().values()]
    return [None if each is None else float(each.replace(",", "")) for each in heads]
