"""Personal data: pseudonyms against the standard library, masks against real habits."""

import hashlib
import random
from unittest import mock

import polars as pl
import pytest

from geodata.callers import (
    HASH_DIGITS,
    CallerHasher,
    caller_hash,
    hash_callers,
    normalise_callers,
)
from geodata.privacy import mask_address, mask_text

KEY = bytes(range(32))


@pytest.mark.parametrize("key", [KEY, b"short"])
def test_the_pseudonym_is_keyed_blake2s(key: bytes) -> None:
    expected = hashlib.blake2s(b"13800000000", key=key, digest_size=HASH_DIGITS // 2).hexdigest()
    assert caller_hash(key, "138-0000-0000") == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "13800000000",
        "+86 138 0000 0000",
        "0086-13800000000",
        "８６１３８００００００００",
        "013800000000",
    ],
)
def test_one_number_has_one_pseudonym(spelling: str) -> None:
    assert caller_hash(KEY, spelling) == caller_hash(KEY, "13800000000")


@pytest.mark.parametrize(
    "text", ["", "  ", "匿名", "匿名来电人", "张先生", "女士", "市民", "无", "0"]
)
def test_nobody_has_no_pseudonym(text: str) -> None:
    assert normalise_callers(pl.Series([text])).to_list() == [None]


def test_landlines_keep_their_area_code_and_accounts_their_text() -> None:
    callers = normalise_callers(pl.Series(["(010) 8888-8888", "WX_Abc 12"]))
    assert callers.to_list() == ["01088888888", "wx_abc12"]
    assert caller_hash(KEY, "01088888888") != caller_hash(KEY, "02188888888")


def test_a_column_is_hashed_as_single_values_are() -> None:
    values = pl.Series(["13800000000", None, "匿名", "张三", "13800000000"])
    assert hash_callers(KEY, values).to_list() == [
        caller_hash(KEY, value) if value else None for value in values
    ]
    assert hash_callers(KEY, pl.Series([None, None], dtype=pl.String)).null_count() == 2


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("请致电13812345678。", "12345678"),
        ("电话138 1234 5678", "5678"),
        ("手机：１３８１２３４５６７８", "５６７８"),
        ("座机010-88889999转", "88889999"),
        ("座机（0731）84445555", "84445555"),
        ("身份证11010519900307123X", "19900307"),
        ("身份证号110105900307123", "900307"),
        ("邮箱zhang.san@example.com收", "zhang"),
        ("车牌京A12345占道", "12345"),
        ("车牌湘A·D12345乱停", "D12345"),
        ("姓名：欧阳小明，男", "欧阳"),
        ("联系人:张三 电话", "张三"),
        ("我叫李四，住在", "李四"),
        ("诉求人李四反映噪声", "李四"),
        ("市民张三丰来电反映停水", "张三丰"),
        ("微信：lisi_1988", "lisi"),
        ("微信号wxid_abc123", "wxid"),
        ("call 617-555-0123 please", "0123"),
        ("联系电话：84445555", "84445555"),
    ],
)
def test_what_tells_a_person_is_masked(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert "*" in masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "幸福路12号院3号楼2单元501室漏水", "2025-03-19 08:05 来电反映停水3天", "来电人反映小区停水",
        "联系人反映无人处理", "我是陈家村村民", "公交301路末班车21:30", "我叫了三次都没人来",
        "市民来电反映停水", "业主反映物业不作为", "微信小程序无法缴费", "微信WeChat群里",
        "村民多次反映",
        "罚款200000元", "case 101000295613 at 10 Main St",
    ],
)  # fmt: skip
def test_what_tells_a_place_or_a_time_stays(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("text", ["花园小区301户", "2单元301户漏水", "住在1203户", "五户反映噪声"])
def test_what_may_be_a_flat_is_masked(text: str) -> None:
    assert "***户" in mask_address(text)


@pytest.mark.parametrize("text", ["影响200户", "涉及约二十户", "小区3户居民停水", "共12户村民"])
def test_counted_households_stay(text: str) -> None:
    assert mask_address(text) == text


def test_remembered_callers_have_the_hash_of_the_standard_library() -> None:
    key = b"secret" * 5
    rng = random.Random(5)
    hasher = CallerHasher(key)
    with mock.patch("geodata.callers.REMEMBERED_CALLERS", 500):
        for _ in range(6):
            numbers = [f"1{rng.randint(3, 9)}{rng.randint(0, 400):09d}" for _ in range(300)]
            mixed = [*numbers, None, "阿强", "010-12345678", *numbers[:5]]
            for callers in (numbers, mixed, ["阿强", None]):
                found = hasher.hash(pl.Series(callers, dtype=pl.String)).to_list()
                plain = [c and ("01012345678" if c.startswith("010-") else c) for c in callers]
                expected = [
                    c and hashlib.blake2s(c.encode(), key=key, digest_size=16).hexdigest()
                    for c in plain
                ]
                assert found == expected
