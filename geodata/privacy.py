"""Personal data: callers become keyed hashes, texts are masked before anyone sees them."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

HASH_BYTES = 16
"""Kept of a caller's hash: 128 bits."""

HASH_DIGITS = 2 * HASH_BYTES
"""The same in hexadecimal, as the store has it."""

REMEMBERED_CALLERS = 1 << 21
"""Numbers whose hash is kept at hand while a file is read: 80 MB at most."""

_BLOCK = 64  # bytes of a SHA-256 block, to which HMAC pads its key (RFC 2104)

_SHORTEST_NUMBER = 7  # digits of a local telephone number in a small city

_NOBODY = (
    r"^(?:匿名.{0,4}|不详|未知|保密|无|市民|群众|居民|热心市民|anonymous|unknown|0*"
    r"|.{0,2}(?:先生|女士|小姐|同志))$"
)
_NUMBER = r"^[0-9+\-().]+$"
_PLAIN_MOBILE = r"^1[3-9][0-9]{9}$"
_MOBILE = r"^(?:0{0,2}86|0)?(1[3-9][0-9]{9})$"


def normalise_callers(values: pl.Series) -> pl.Series:
    """Reduce callers' numbers, accounts or names to what identifies them.

    Numbers lose punctuation, the country code 86 and a trunk 0 before a mobile number; anything
    else is folded in width and case. Words that name nobody (匿名, 张先生) become null: hashing
    them would make one busy caller of many.

    Examples
    --------
    >>> normalise_callers(pl.Series(["+86 138-0000-0000", "张先生"])).to_list()
    ['13800000000', None]
    """
    rest = (~values.str.contains(_PLAIN_MOBILE)).arg_true()
    return values if rest.is_empty() else values.scatter(rest, _normalise(values.gather(rest)))


def _normalise(values: pl.Series) -> pl.Series:
    text = values.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
    digits = text.str.replace_all("[^0-9]", "")
    numeric = text.str.contains(_NUMBER) & (digits.str.len_bytes() >= _SHORTEST_NUMBER)
    number = digits.str.extract(_MOBILE).fill_null(digits)
    return number.zip_with(numeric, text).set(text.str.contains(_NOBODY), None)


def caller_hash(key: bytes, value: str) -> str | None:
    """Keyed pseudonym of a caller: HMAC-SHA256 cut to 128 bits, in hexadecimal.

    Parameters
    ----------
    key : bytes
        The home's secret key; without it a hash cannot be traced to a number by trial.
    value : str
        Telephone number, account or name as the file has it.

    Returns
    -------
    str or None
        None where the value names nobody.

    Examples
    --------
    >>> caller_hash(b"k" * 32, "138 0000 0000") == caller_hash(b"k" * 32, "+8613800000000")
    True
    """
    pseudonym: str | None = hash_callers(key, pl.Series([value]))[0]
    return pseudonym


def hash_callers(key: bytes, values: pl.Series) -> pl.Series:
    """Hash a column of callers, each distinct one once; nulls stay null."""
    return CallerHasher(key).hash(values)


def _hasher(key: bytes) -> Callable[[bytes], bytes]:
    # Preparing both halves of HMAC once and copying them is twice as fast as hmac.digest.
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def hash_one(caller: bytes) -> bytes:
        message, seal = inner.copy(), outer.copy()
        message.update(caller)
        seal.update(message.digest())
        return seal.digest()[:HASH_BYTES]

    return hash_one


class CallerHasher:
    """Hash columns of callers, remembering the mobile numbers that came before.

    The same caller calls again, in the next rows or in the next batch; looking a number up takes a
    tenth of hashing it. What is remembered lives as long as this object. May be used by several
    threads.

    Parameters
    ----------
    key : bytes
        The home's secret key.

    Examples
    --------
    >>> hasher = CallerHasher(b"k" * 32)
    >>> twice = hasher.hash(pl.Series(["13800000000", None, "138-0000-0000"]))
    >>> twice[0] == twice[2] == caller_hash(b"k" * 32, "13800000000"), twice[1] is None
    (True, True)
    """

    def __init__(self, key: bytes) -> None:
        self._hash_one = _hasher(key)
        self._lock = threading.Lock()
        self._known = _KnownNumbers(np.empty(0, np.int64), np.empty(0, _HEX))

    def hash(self, values: pl.Series) -> pl.Series:
        """Return the hash of each caller, in hexadecimal; null where there is none."""
        callers = normalise_callers(values)
        mobile = callers.str.contains(_PLAIN_MOBILE).fill_null(value=False)
        if mobile.all():
            return self._hash_numbers(callers.cast(pl.Int64).to_numpy())
        numbers = self._hash_numbers(callers.filter(mobile).cast(pl.Int64).to_numpy())
        others = self._hash_texts(callers.set(mobile, None))
        return others if mobile.sum() == 0 else others.scatter(mobile.arg_true(), numbers)

    def _hash_texts(self, callers: pl.Series) -> pl.Series:
        callers = callers.alias("caller")
        distinct = callers.drop_nulls().unique()
        digests = list(map(self._hash_one, distinct.cast(pl.Binary).to_list()))
        hashes = pl.Series("hash", digests, dtype=pl.Binary).bin.encode("hex")
        known = pl.DataFrame([distinct, hashes])
        joined = callers.to_frame().join(known, on="caller", how="left", maintain_order="left")
        return joined["hash"]

    def _hash_numbers(self, numbers: NDArray[np.int64]) -> pl.Series:
        distinct, inverse = np.unique(numbers, return_inverse=True)
        hashes, found = self._known.look_up(distinct)
        if not found.all():
            with self._lock:
                new = distinct[~found]
                hashes[~found] = [self._hash_one(b"%d" % number).hex() for number in new.tolist()]
                if len(self._known.numbers) + len(new) <= REMEMBERED_CALLERS:
                    self._known = self._known.with_others(new, hashes[~found])
        return pl.Series("hash", _as_texts(hashes[inverse]))


@dataclass(frozen=True)
class _KnownNumbers:
    """Numbers in ascending order and their hashes; never changed, so threads need no lock."""

    numbers: NDArray[np.int64]
    hashes: NDArray[np.bytes_]

    def look_up(self, asked: NDArray[np.int64]) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
        """Return the hashes of sorted numbers, and which of them are known."""
        hashes = np.empty(len(asked), _HEX)
        if not len(self.numbers):
            return hashes, np.zeros(len(asked), bool)
        place = np.searchsorted(self.numbers, asked).clip(max=len(self.numbers) - 1)
        found = self.numbers[place] == asked
        hashes[found] = self.hashes[place[found]]
        return hashes, found

    def with_others(self, numbers: NDArray[np.int64], hashes: NDArray[np.bytes_]) -> _KnownNumbers:
        """Return these and other numbers; two threads may have met the same ones."""
        every = np.concatenate([self.numbers, numbers])
        order = np.argsort(every, kind="stable")
        every = every[order]
        first = np.concatenate([[True], every[1:] != every[:-1]])
        return _KnownNumbers(every[first], np.concatenate([self.hashes, hashes])[order[first]])


_HEX = np.dtype(f"S{HASH_DIGITS}")


def _as_texts(hashes: NDArray[np.bytes_]) -> pa.Array:
    """Return hashes as Arrow text without a loop: all have the same length."""
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * np.int32(HASH_DIGITS)
    return pa.StringArray.from_buffers(
        len(hashes), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(hashes))
    )


_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NUMBER_EDGE = r"(?<![\d０-９])"
_NUMBER_END = r"(?![\d０-９])"

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), "***@***"),
    # Identity card: region, birth date, serial, check digit; the date keeps long order numbers out.
    (
        re.compile(
            _NUMBER_EDGE + r"([1-9]\d{5})(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            r"\d{3}[\dXxＸｘ]" + _NUMBER_END
        ),
        r"\1************",
    ),
    (
        re.compile(
            _NUMBER_EDGE
            + r"([1-9]\d{5})\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
            + _NUMBER_END
        ),
        r"\1*********",
    ),
    (
        re.compile(
            _NUMBER_EDGE + r"(?:[+＋]?86[\s-]?)?(1[3-9]\d)[\s-]?\d{4}[\s-]?\d{4}" + _NUMBER_END
        ),
        r"\1********",
    ),
    (re.compile(_NUMBER_EDGE + r"(0\d{2,3})[\s\-—）)]{0,2}\d{7,8}" + _NUMBER_END), r"\1-********"),
    (
        re.compile(
            _NUMBER_EDGE + r"(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}" + _NUMBER_END
        ),
        "***-***-****",
    ),
    (
        re.compile(
            r"((?:电话|手机|座机|联系方式|微信|QQ)(?:号码?)?(?:是|为)?\s*[:：]?\s*)\d{6,12}", re.I
        ),
        r"\1********",
    ),
    (
        re.compile(
            r"((?:微信|WeChat|QQ)(?:账?号码?(?:是|为)?\s*[:：]?|(?:ID)?\s*[:：])\s*)"
            r"[a-z][a-z0-9_-]{5,19}",
            re.I,
        ),
        r"\1********",
    ),
    (
        re.compile(
            r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z])"
            r"[\s·•.-]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
        ),
        r"\1·*****",
    ),
    (
        re.compile(r"((?:姓名|联系人|来电人|反映人|诉求人|投诉人)\s*[:：]\s*)[一-鿿·]{2,4}"),
        r"\1***",
    ),
    (
        re.compile(
            r"((?:姓名|联系人|我叫|本人叫|我是|名叫)\s*(?:是|为|叫)?)"
            rf"[{_SURNAMES}][一-鿿]{{1,2}}(?=$|[^一-鿿]|电话|手机|住|家|身份证|先生|女士)"
        ),
        r"\1***",
    ),
    # A name between the word for the caller and what the caller does.
    (
        re.compile(
            r"((?:来电人|反映人|诉求人|投诉人|举报人|市民|居民|村民|业主))"
            rf"[{_SURNAMES}][一-鿿]{{1,2}}(?=来电|来话|致电|反映|表示|投诉|举报|咨询|求助|建议)"
        ),
        r"\1***",
    ),
)


_SHAPE_LENGTH = 80


def shape_of(text: str) -> str:
    """Keep how a line is built and nothing of what it says.

    Where it cannot be told which cell is a name, nothing could be masked reliably.

    Examples
    --------
    >>> shape_of("张三,13812345678,road 5")
    '**,00000000000,**** 0'
    """
    return re.sub(r"[^\W\d]", "*", re.sub(r"\d", "0", text[:_SHAPE_LENGTH]))


def mask_text(text: str) -> str:
    """Hide phone numbers, identity numbers, e-mail, number plates and names in a text.

    Parameters
    ----------
    text : str
        Free text as a caller or an operator put it.

    Returns
    -------
    str
        The text with stars in place of what could tell who a person is. Names are found only
        where something announces them (姓名, 联系人, 我叫, …).

    Examples
    --------
    >>> mask_text("联系人：张三，电话13812345678，车牌京A12345")
    '联系人：***，电话138********，车牌京A·*****'
    """
    for pattern, stars in _MASKS:
        text = pattern.sub(stars, text)
    return text


_ROOM = re.compile(
    r"[A-Za-zＡ-Ｚ]?[0-9０-９一二三四五六七八九十]{1,6}(?:[-－—][0-9０-９]{1,5})?(?=室|房|户)"
)
_FLAT = re.compile(r"(?<=[号栋幢座楼元弄])([A-Za-z]?[0-9０-９]{3,4})(?=$|[，,。；;\s（(])")


def mask_address(text: str) -> str:
    """Hide what tells a household in an address: the room, and all that `mask_text` hides.

    Examples
    --------
    >>> mask_address("长宁路396弄5号302室"), mask_address("花园小区3号楼1201")
    ('长宁路396弄5号***室', '花园小区3号楼***')
    """
    return _FLAT.sub("***", _ROOM.sub("***", mask_text(text)))
