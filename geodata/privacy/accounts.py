"""Addresses and names by which a person is reached on the network."""

from __future__ import annotations

import re

_MAIL = re.compile(
    r"[\w.+-]{1,64} ?[@＠] ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    r"|[\w.+-]{1,64} ?[\[(（](?:at|AT)[\])）] ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
    re.ASCII,
)

_MAIL_MARKS = ("@", "＠", "(at", "(AT", "（at", "（AT", "[at", "[AT")

_SERVICE = r"(?:微信|威信|[Ww]e[Cc]hat|WECHAT|QQ|qq|支付宝|抖音|快手|微博|旺旺|[VvWw][Xx]|[Vv]信)"
_MARK = r"[ \t]{0,2}[:：]?[ \t]{0,2}"
_NAMED = re.compile(
    rf"({_SERVICE}(?:(?:账|帐)?(?:号码|号|ID|id)(?:是|为)?{_MARK}|(?:是"
    rf"|为)?[ \t]{{0,2}}[:：]{_MARK}"
    # Straight after the service's name only what is no plain word: WeChat in 微信WeChat is one.
    r"|[ \t]{0,2}(?=[A-Za-z][A-Za-z-]{0,18}[\d_])))"
    r"(?!ID|id)[A-Za-z][A-Za-z0-9_-]{4,30}"
)


def mask_accounts(text: str) -> str:
    """Hide e-mail addresses, and names of accounts where their service is named.

    Examples
    --------
    >>> mask_accounts("邮箱zhang.san@example.com，微信号wxid_abc123")
    '邮箱***@***，微信号********'
    """
    if any(mark in text for mark in _MAIL_MARKS):
        text = _MAIL.sub("***@***", text)
    return _NAMED.sub(r"\1********", text)
