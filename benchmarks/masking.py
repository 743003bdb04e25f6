"""How much that is personal the masks find, and how much they hide that is not.

    python -m benchmarks.masking [--texts 2000] [--seed 1] [--read FILE.parquet COLUMN]

Personal data are made up by form and planted in sentences of our own; each kind tells the share of
planted values of which nothing that identifies is left. Sentences that only look alike tell the
share that is changed though it should not be. `--read` counts what is masked in a real column and
shows none of it, and compares the time with a plain reading of the texts by one expression.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from geodata.privacy import mask_address, mask_column


class Planted(NamedTuple):
    """A made-up value as it is written, and the part that must not be left."""

    written: str
    core: str


Draw = Callable[[random.Random], Planted]

SENTENCES = (
    "来电反映小区停水三天，{}，请尽快处理。",
    "{}，反映楼下烧烤摊深夜扰民",
    "您好，{}。垃圾七天没有清运了！",
    "反映路灯不亮({})希望回复",
    "请协调解决 {} 谢谢",
)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红玲芬燕彬浩宇轩梓涵欣怡佳琪雨泽晨思雯"
FAMILY = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程"
    "曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
ENGLISH = ("John", "Mary", "Robert", "Linda", "Wei", "Priya", "Carlos", "Aisha")
FAMILIES = ("Smith", "O'Neil", "Garcia", "Zhang", "Jones-Brown", "Patel", "McDonald")


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def mobile(rng: random.Random) -> Planted:
    number = "1" + rng.choice("3456789") + digits(rng, 9)
    groups = (number[:3], number[3:7], number[7:])
    written, tail = rng.choice(
        [
            (number, number[-4:]),
            ("-".join(groups), number[-4:]),
            (" ".join(groups), number[-4:]),
            (".".join(groups), number[-4:]),
            (f"{number[:3]} {number[3:]}", number[-4:]),
            (f"{number[:7]} {number[7:]}", number[-4:]),
            ("+86 " + number, number[-4:]),
            ("0086-" + number, number[-4:]),
            ("86" + number, number[-4:]),
            (number.translate(FULL_WIDTH), number[-4:].translate(FULL_WIDTH)),
            (number.translate(SPOKEN), number[-4:].translate(SPOKEN)),
            (" ".join(number), " ".join(number[-4:])),
        ]
    )
    return Planted(rng.choice(["电话", "手机号：", "联系方式 ", "我的号码是", ""]) + written, tail)


def landline(rng: random.Random) -> Planted:
    code, number = (
        rng.choice(["010", "021", "0731", "0755"]),
        rng.choice("2345678") + digits(rng, 7),
    )
    written = rng.choice(
        [f"{code}-{number}", f"（{code}）{number}", f"({code}) {number[:4]}-{number[4:]}",
         f"{code}{number}", f"{code} {number}", f"座机{number}",
         f"联系电话：{number[:4]}-{number[4:]}",
         f"电话 {number[:7]}"]
    )  # fmt: skip
    return Planted(written, number[4:] if written[-1] == number[-1] else number[3:7])


def identity(rng: random.Random) -> Planted:
    birth = f"{rng.randint(1930, 2005)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    region = rng.choice(["110105", "430102", "310115", "440305"])
    if rng.random() < 0.2:
        return Planted(f"身份证{region}{birth[2:]}{digits(rng, 3)}", birth[2:])
    number = region + birth + digits(rng, 3) + rng.choice("0123456789Xx")
    spaced = f"{region} {birth} {number[14:]}"
    return Planted(rng.choice([f"身份证号{number}", number, spaced]), birth)


def papers(rng: random.Random) -> Planted:
    tail = "7" + digits(rng, 7)
    written = rng.choice(
        [f"护照E{tail}", f"护照号码：EB{tail[1:]}", f"港澳通行证H{tail}", f"回乡证 M{tail}12",
         f"台胞证号{tail}", f"香港身份证A{tail[1:7]}(3)", f"G{tail}", f"passport No. K{tail}"]
    )  # fmt: skip
    return Planted(written, tail[1:6])


def card(rng: random.Random) -> Planted:
    body = rng.choice(["622202", "621700", "436742", "601382"]) + digits(rng, 9)
    if body[0] == "6":
        body += digits(rng, 3)
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    number = body + str(-sum(d - 9 * (d > 9) for d in doubled) % 10)
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    return Planted(rng.choice([f"卡号{number}", f"银行卡 {spaced}", number]), number[8:12])


def plate(rng: random.Random) -> Planted:
    start, tail = rng.choice("京沪粤湘鲁川") + rng.choice("ABCDE"), digits(rng, 5)
    written, core = rng.choice(
        [(start + tail, tail), (f"{start}·{tail}", tail), (f"{start} {tail}", tail),
        (f"{start}-{tail}", tail),
         (f"{start}D{tail}", tail), (f"{start}{tail}F", tail), (f"{start}{tail[:4]}警", tail[:4]),
         (f"{start}{tail[:4]}学", tail[:4]), (f"{start}{tail[:4]}挂", tail[:4]),
         (f"粤Z{tail[:4]}港", tail[:4]),
         (f"使0{tail}", tail), (f"{start}{tail[:4]}领", tail[:4]),
         (start + tail.translate(FULL_WIDTH), tail.translate(FULL_WIDTH)),
         (f"{start.lower()}{tail}", tail)]
    )  # fmt: skip
    return Planted(f"车牌{written}", core)


def room(rng: random.Random) -> Planted:
    number = f"{rng.randint(1, 30)}0{rng.randint(1, 9)}"
    estate = rng.choice(["阳光花园", "幸福里", "城南小区"])
    written = rng.choice(
        [f"{estate}3号楼2单元{number}室", f"{estate}3号楼2单元{number}", f"{estate}12-3-{number}",
         f"{estate}3-{number}", f"{estate}5栋{number}户", f"{estate}8号楼#{number}",
         f"{estate}房间号：{number}",
         f"{estate}3幢{number}房", f"住{estate}{number.translate(SPOKEN)}室",
         f"12 Main St Apt {number}"]
    )  # fmt: skip
    return Planted(written, number.translate(SPOKEN) if "住" in written else number)


def name(rng: random.Random) -> Planted:
    given = "".join(rng.choice(GIVEN) for _ in range(rng.choice([1, 2, 2])))
    full = (rng.choice(["欧阳", "司马"]) if rng.random() < 0.05 else rng.choice(FAMILY)) + given
    written = rng.choice(
        [f"姓名：{full}", f"联系人:{full}", f"我叫{full}", f"本人{full}", f"业主{full}先生",
        f"{full}女士",
         f"来电人{full}反映", f"投诉人：{full}", f"居民{full}表示", f"儿子{full}",
         f"姓名 {full}", f"我是{full}",
         f"{full[:-len(given)]}阿姨", f"户主{full}", f"我的名字是{full}"]
    )  # fmt: skip
    return Planted(written, full if given in written else full[: -len(given)])


def english_name(rng: random.Random) -> Planted:
    first, last = rng.choice(ENGLISH), rng.choice(FAMILIES)
    written = rng.choice(
        [f"Name: {first} {last}", f"my name is {first} {last}", f"Mr. {last}", f"Ms {first} {last}",
         f"Mrs. {last}", f"My name is {first.lower()} {last.lower()}", f"Caller: {first} {last}"]
    )  # fmt: skip
    return Planted(written, last.lower() if last.lower() in written else last)


def account(rng: random.Random) -> Planted:
    tail = "".join(rng.choice("abcdefgh") for _ in range(5)) + digits(rng, 3)
    written = rng.choice(
        [f"微信号wx_{tail}", f"微信：{tail}", f"加我微信{tail}",
        f"QQ{digits(rng, 2)}{tail[5:]}5512", f"vx:{tail}",
         f"邮箱{tail}@example.com", f"{tail}＠qq.com", f"{tail}(at)example.com", f"抖音号：{tail}"]
    )  # fmt: skip
    return Planted(written, tail[5:] + "5512" if "QQ" in written else tail)


KINDS: dict[str, Draw] = {
    "mobile": mobile,
    "landline": landline,
    "identity": identity,
    "papers": papers,
    "card": card,
    "plate": plate,
    "room": room,
    "name": name,
    "english name": english_name,
    "account": account,
}

LOOK_ALIKES = (
    "工单编号{year}{month:02d}{day:02d}{long}未回复", "已拨打12345和110多次",
    "拨打96{four}无人接听", "客服电话400-8{two}-{four}占线",
    "热线8008{two}{four}，电话95588", "群租房{hundreds}户", "影响{count}户居民用水",
    "共{count}户村民", "涉及约{hundreds}户",
    "京A类企业{count}家", "乘坐{route}路公交", "公交{route}路末班车21:30",
    "{year}-{month:02d}-{day:02d} 08:05来电", "{year}年{month}月{day}日",
    "罚款{count}00元", "补贴{year}.5元", "建筑面积{count}.{two}平方米", "三室两厅",
    "{two}室一厅", "20房间都漏水", "{year}号楼方案公示",
    "{year}-{next}学年", "距离{two}-{hundreds}米", "统一社会信用代码91110105MA{four}ABC1",
    "文号：京政发〔{year}〕{two}号",
    "G{two}高速出口", "订单号{year}{month:02d}{day:02d}{four}{four}", "业主高度关注",
    "居民方便出行", "来电人反映小区停水", "业主万分着急",
    "于今年装修", "任何先生都可以参加", "市民马上需要答复", "村民多次反映", "孙子上学",
    "联系人：物业", "case 10100{four}{two} at {two} Main St",
    "Unit is broken at {two} Elm St", "the room was cold", "微信小程序无法缴费", "微信WeChat群",
    "经纬度116.{four}{two},39.{four}",
    "{two}%的住户", "3#楼电梯故障", "限速{two}公里", "项目总投资{count}.{two}万元",
    "DN{hundreds}管道", "PM2.5达到{hundreds}",
    "李书记现场办公", "致电王主任", "小米手机{two}台", "iPhone 15 手机",
    "版本号2.{two}.{two}.{four}", "IP 10.{two}.{two}.1",
)  # fmt: skip


def look_alike(rng: random.Random) -> str:
    year = rng.randint(2018, 2026)
    return rng.choice(LOOK_ALIKES).format(
        year=year, next=year + 1, month=rng.randint(1, 12), day=rng.randint(1, 28),
        long=digits(rng, 6),
        two=rng.randint(11, 19), four=digits(rng, 4), count=rng.randint(3, 900),
        route=rng.randint(101, 998), hundreds=100 * rng.randint(1, 9),
    )  # fmt: skip


def recall(draw: Draw, texts: int, rng: random.Random) -> tuple[float, list[str]]:
    """Return the share of planted values that are hidden, and some of those that are not."""
    missed = []
    for _ in range(texts):
        planted = draw(rng)
        masked = mask_address(rng.choice(SENTENCES).format(planted.written))
        if planted.core in masked:
            missed.append(f"{planted.written} → {masked}")
    return 1 - len(missed) / texts, missed


def false_masks(texts: int, rng: random.Random) -> tuple[float, list[str]]:
    """Return the share of look-alikes that are changed, and some of them."""
    wrong = []
    for _ in range(texts):
        text = look_alike(rng)
        if (masked := mask_address(text)) != text:
            wrong.append(f"{text} → {masked}")
    return len(wrong) / texts, wrong


def read_column(path: Path, column: str) -> str:
    """Count what is masked in a real column, and how long it takes."""
    texts = pl.read_parquet(path, columns=[column])[column].drop_nulls()
    plain = re.compile(r"1[3-9]\d{9}")
    start = time.process_time()
    for text in texts:
        plain.sub("", text)
    one = time.process_time() - start
    start = time.process_time()
    masked = mask_column(texts)
    all_ = time.process_time() - start
    changed = (masked != texts).sum()
    return (
        f"{column}: {texts.len()} texts of {texts.str.len_chars().mean():.0f} characters, "
        f"{changed} changed; "
        f"{texts.len() / all_:,.0f} a second on one core, {all_ / one:.1f} × one plain expression"
    )


def report(examples: Iterable[str]) -> None:
    for line in sorted(set(examples))[:8]:
        print("    ", line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--read", nargs=2, metavar=("FILE", "COLUMN"))
    args = parser.parse_args()
    if args.read:
        print(read_column(Path(args.read[0]), args.read[1]))
        return
    rng = random.Random(args.seed)
    for kind, draw in KINDS.items():
        share, missed = recall(draw, args.texts, rng)
        print(f"{kind:14}{share:8.2%} hidden")
        report(missed)
    share, wrong = false_masks(5 * args.texts, rng)
    print(f"{'look-alikes':14}{share:8.2%} changed")
    report(wrong)


if __name__ == "__main__":
    main()
