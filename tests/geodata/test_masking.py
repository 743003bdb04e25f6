"""What holds of the mask: by properties, by planted values and by texts made to stall it."""

from __future__ import annotations

import random
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.masking import KINDS, SENTENCES, false_masks, mobile, recall
from geodata.privacy import mask_address, mask_column

PIECES = [
    "业主", "王先生", "我叫", "姓名：", "联系人:", "电话", "138", "1234", "5678", "010", "-",
    " ", "身份证", "19900101", "110105", "12X",
    "京A", "12345", "D", "·", "号楼", "单元", "402", "室", "户", "房", "#", "4B", "@", "a.com",
    "微信", "wx_a1", "*", "***", "，", "（", "）",
    "一三八零", "零零一二三", "Mr. ", "Name: ", "my name is ", "john", "Smith", "卡号", "6222",
    "6217", "花园", "3-", "老师", "女士", "欧阳", "张",
    "护照", "E", "使", "车牌", "Apt ", "某", "\n", "８", "Ａ", "QQ", "WJ", "G", "姓", "李", "明",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=60)


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_what_is_masked_stays_as_it_is(text: str) -> None:
    masked = mask_address(text)
    assert mask_address(masked) == masked


@settings(max_examples=500, deadline=None)
@given(texts)
def test_a_mask_is_not_much_longer_than_what_it_hides(text: str) -> None:
    # A surname of one character, the shortest that is masked, becomes three stars.
    assert len(mask_address(text)) <= 3 * len(text)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 10**9), texts, texts)
def test_a_mobile_number_of_any_form_never_survives(seed: int, before: str, after: str) -> None:
    planted = mobile(random.Random(seed))
    # A digit that touched it would make it another number.
    assert planted.written not in mask_address(f"{before}，{planted.written}，{after}")
    assert planted.core not in mask_address(f"反映，{planted.written}，")


@pytest.mark.parametrize("kind", KINDS)
def test_planted_values_are_hidden(kind: str) -> None:
    share, missed = recall(KINDS[kind], 400, random.Random(7))
    assert share >= 0.99, missed[:5]


def test_what_only_looks_alike_stays() -> None:
    share, wrong = false_masks(2000, random.Random(7))
    assert share <= 0.005, wrong[:5]


@pytest.mark.parametrize(
    "text",
    ["拨打12345", "已报110和119", "电话95598", "客服10086", "4008101234", "400-810-1234",
    "电话：8008101234", "电话96116",
     "群租房200户", "两室一厅", "20房间", "京A类企业", "任课老师", "致电王主任",
     "工单编号202501011234567890", "编号C-1126",
     "统一社会信用代码91110105MA00ABCDE1", "户主廖某称"],
)  # fmt: skip
def test_what_serves_everyone_or_counts_stays(text: str) -> None:
    assert mask_address(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("业主王先生反映", "业主***先生反映"),
        ("投诉人：李专红13812345678", "投诉人：***138********"),
        ("姓名：买买提·艾力", "姓名：***"),
        ("电话：84445555、8444-6666", "电话：********、********"),
        ("住3栋2单元304房东家", "住3栋2单元***房东家"),
        ("车牌号是07492", "车牌号是*****"),
        ("工单编号：13812345678", "工单编号：138********"),
        ("110105202401011234", "110105202401011234"),
        ("身份证110105202401011234", "身份证*********"),
    ],
)
def test_masks_look_as_told(text: str, masked: str) -> None:
    assert mask_address(text) == masked


def test_a_column_is_masked_as_its_texts_are() -> None:
    rng = random.Random(3)
    column = [
        rng.choice(SENTENCES).format(draw(rng).written) for draw in KINDS.values() for _ in "123"
    ]
    column += [None, "", column[0]]
    assert mask_column(pl.Series(column)).to_list() == [
        None if text is None else mask_address(text) for text in column
    ]
    assert mask_column(pl.Series([None], dtype=pl.String)).to_list() == [None]


STALLING = ["a", "a.", "1", "1 ", "1-", "(", "138", "京A", "A1", "@", "a@a.", "王", "户", "一",
"3-", "业主王", "姓名：", "Mr. A", "1" * 17 + " ",
            "电话1", "微信a", "#4", "my name is a ", "号1", " ", "·王", "Name: A ", "先生",
            "王先生"]  # fmt: skip
"""Each a beginning that a pattern may try to go on from at every place."""


def test_no_text_stalls_the_mask() -> None:
    """Of 100,000 characters; were each beginning tried against each end, it would take hours."""
    program = (
        "import sys; from geodata.privacy import mask_address\n"
        f"for piece in {STALLING!r}: mask_address(piece * (100_000 // len(piece)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


def test_numbers_cut_by_other_characters_are_two_numbers() -> None:
    assert mask_address("13812345678/13987654321") == "138********/139********"
