"""Times in the habits of real exports, against Python's own calendar and zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.reading.dates import parse_times

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2025, 3, 19, 8, 5, tzinfo=SHANGHAI)
AFTERNOON = datetime(2025, 3, 19, 15, 20, tzinfo=SHANGHAI)


def read(value: object, zone: str = "Asia/Shanghai", order: str = "ymd") -> datetime | None:
    return parse_times(pl.Series([value]), zone=zone, order=order).instant[0]


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-19 08:05:00", "2025/3/19 8:05", "2025年3月19日 8时5分", "20250319080500",
        "2025-03-19T08:05:00", "2025-03-19T08:05:00+08:00", "2025-03-19T00:05:00Z",
        "2025-03-19 08:05:00.000", "2025.3.19 8:5", "２０２５－０３－１９　０８：０５：００",
        "2025年3月19日8时5分0秒", "2025-03-19 星期三 08:05", "202503190805", "20250319 08:05:00",
        "2025/3/19 上午8:05", "2025-03-19 8:05 AM", "2025 年 3 月 19 日 8 时 5 分",
        "2025-03-18 20:05:00-0400",
    ],
)  # fmt: skip
def test_morning_is_read_in_every_habit(text: str) -> None:
    assert read(text) == MORNING


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-19 下午3:20",
        "2025年3月19日下午3时20分",
        "2025/3/19 3:20 PM",
        "2025/3/19 下午15:20:00",
    ],
)
def test_afternoon_is_read(text: str) -> None:
    assert read(text) == AFTERNOON


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025-3-19 上午12:00", 0), ("2025-3-19 下午12:00", 12), ("2025-3-19 中午12点", 12),
        ("2025-3-19 中午1点", 13), ("2025-3-19 晚上8点", 20), ("2025-3-19 凌晨3点", 3),
        ("2025-3-19 12:00 AM", 0), ("2025-3-19 12:00 PM", 12),
    ],
)  # fmt: skip
def test_half_of_the_day_gives_the_hour(text: str, hour: int) -> None:
    assert read(text) == datetime(2025, 3, 19, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "soon", "下午3:20", "2025-02-30 08:00:00", "2025-13-01", "2025-03-19 25:00",
        "2025-03-19 8:61",
        "3/19/2025 08:05", "2025-03", "上午13:20", "2025-3-19 上午13:20", "2025-3-19 晚上12点",
        "12345",
        "1.23E+10", "2025-03-1912:00", "00000000", "20251301", "-45735", "1e5", "2025",
    ],
)  # fmt: skip
def test_what_is_no_time_is_said_to_be_unreadable(text: str) -> None:
    times = parse_times(pl.Series([text]), zone="Asia/Shanghai")
    assert times.instant[0] is None
    assert times.unreadable[0]


def test_nothing_given_is_not_unreadable() -> None:
    times = parse_times(pl.Series([None, "2025-03-19"], dtype=pl.String), zone="UTC")
    assert times.unreadable.to_list() == [False, False]
    assert times.instant.to_list() == [None, datetime(2025, 3, 19, tzinfo=UTC)]


@pytest.mark.parametrize("order", ["mdy", "dmy"])
def test_order_of_the_profile_decides_year_last_dates(order: str) -> None:
    expected = {"mdy": datetime(2018, 4, 12), "dmy": datetime(2018, 12, 4)}[order]
    found = read("04/12/2018 11:11:26 PM", "America/New_York", order)
    assert found == (expected + timedelta(hours=23, minutes=11, seconds=26)).replace(
        tzinfo=NEW_YORK
    )


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))
)
def test_excel_serials_give_back_the_second(moment: datetime) -> None:
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert read(serial, "UTC") == moment.replace(tzinfo=UTC)
    assert read(repr(serial), "UTC") == moment.replace(tzinfo=UTC)


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(1985, 1, 1), datetime(2030, 1, 1)).map(
        lambda t: t.replace(microsecond=0)
    ),
    st.sampled_from(["America/New_York", "Asia/Shanghai", "America/Chicago", "Europe/London"]),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y年%m月%d日%H时%M分%S秒", "%Y%m%d%H%M%S", "%Y/%m/%d %I:%M:%S %p"]
    ),
)
def test_wall_clocks_agree_with_zoneinfo(moment: datetime, zone: str, habit: str) -> None:
    # fold=0 is both the earlier of two instants and the clock from before a gap.
    expected = moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    assert read(moment.strftime(habit), zone) == expected


def test_typed_columns_keep_what_they_mean() -> None:
    aware = pl.Series([datetime(2025, 3, 19, 0, 5)]).dt.replace_time_zone("UTC")
    assert read_series(aware) == MORNING
    assert read_series(pl.Series([datetime(2025, 3, 19, 8, 5)])) == MORNING
    assert read_series(pl.Series([date(2025, 3, 19)])) == MORNING.replace(hour=0, minute=0)
    assert read_series(pl.Series([20250319080500])) == MORNING


def read_series(values: pl.Series) -> datetime | None:
    return parse_times(values, zone="Asia/Shanghai").instant[0]


def test_a_column_of_mixed_habits_keeps_its_order() -> None:
    values = pl.Series(["2025-03-19 08:05:00", "x", "2025/3/19 8:05", None, "45735.3368055556"])
    times = parse_times(values, zone="Asia/Shanghai")
    assert times.instant.to_list() == [MORNING, None, MORNING, None, MORNING]
    assert times.unreadable.to_list() == [False, True, False, False, False]
    assert values[2] == "2025/3/19 8:05"
