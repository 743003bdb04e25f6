"""Check an installation: what is in order, what to mend, and what one might want besides."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from cryptography import x509
from packaging.requirements import Requirement

from app.assets import NOT_BUILT, NOT_BUILT_ZH, is_built
from app.config import Settings
from app.db import Database
from app.jobs import check_queue
from app.revisions import newest_revision
from geodata.areas import current_boundaries
from geodata.errors import UserError
from geodata.home import Home
from geodata.relocation import follows_boundaries
from geodata.store import CaseStore

PRODUCT = "suyuan"
LEAST_FREE_GB = 2.0
OLDEST_PYTHON = (3, 11)
LEAST_DAYS_LEFT = 21
"""Of a certificate: time enough to ask for another."""

TRANSLATION = Path(__file__).resolve().parent / "translations" / "en" / "LC_MESSAGES"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Told:
    """What a check found, in both languages; `advice` is no fault when it is not `ok`."""

    ok: bool
    english: str
    chinese: str
    advice: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing that was checked; its text says what is, or what to do."""

    name: str
    chinese_name: str
    told: Told

    @property
    def in_order(self) -> bool:
        """Tell whether there is nothing that must be mended."""
        return self.told.ok or self.told.advice

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """As the command prints it."""
        chinese = language.startswith("zh")
        good, bad, note = ("正常", "待修", "建议") if chinese else ("ok  ", "MEND", "note")
        return {
            "name": self.chinese_name if chinese else self.name,
            "ok": self.in_order,
            "text": self.told.chinese if chinese else self.told.english,
            "mark": good if self.told.ok else note if self.told.advice else bad,
        }


def check_installation(settings: Settings, certificate: Path | None = None) -> list[Finding]:
    """Check everything, one after another; no check hides the next."""
    home = Home.at(settings.home.absolute())
    checks: dict[tuple[str, str], Callable[[], Told]] = {
        ("python", "Python"): _python,
        ("packages", "依赖包"): lambda: check_packages(requires(PRODUCT) or []),
        ("disk", "磁盘"): lambda: _disk(home),
        ("tables", "数据表"): lambda: _tables(settings),
        ("queue", "任务队列"): lambda: _queue(settings),
        ("boundaries", "边界"): lambda: _boundaries(home),
        ("cases", "诉求库"): lambda: _cases(home),
        ("front end", "前端"): lambda: Told(is_built(), *_front_end()),
        ("english", "英文界面"): _english,
        ("fonts", "中文字体"): _fonts,
        ("browser", "浏览器"): _browser,
    }
    if certificate is not None:
        checks["certificate", "证书"] = lambda: check_certificate(certificate, datetime.now(UTC))
    return [Finding(*names, _run(check)) for names, check in checks.items()]


def check_packages(pins: list[str]) -> Told:
    """Compare what is installed with the versions that this program was tested with."""
    wanted = [Requirement(pin) for pin in pins]
    off = [
        f"{each.name} {installed or '–'} ({each.specifier})"
        for each in wanted
        if (each.marker is None or each.marker.evaluate({"extra": ""}))
        and not ((installed := _installed(each.name)) and each.specifier.contains(installed))
    ]
    if not off:
        return Told(True, f"{len(wanted)} as pinned", f"{len(wanted)} 个包与要求一致")
    listed = ", ".join(off[:5]) + (", …" if len(off) > 5 else "")
    return Told(
        False,
        f"{len(off)} not as pinned: {listed}; install requirements.txt again",
        f"{len(off)} 个包与要求不符：{listed}；请重新安装 requirements.txt",
    )


def check_certificate(path: Path, now: datetime) -> Told:
    """Tell how long a certificate is still valid."""
    try:
        first = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError):
        return Told(False, f"{path}: not a certificate in PEM", f"{path}：不是 PEM 格式的证书")
    last = first.not_valid_after_utc
    days = (last - now).days
    if last <= now:
        return Told(
            False,
            f"{path.name}: expired on {last:%Y-%m-%d}; browsers refuse it: renew it",
            f"{path.name}：已于 {last:%Y-%m-%d} 过期，浏览器会拒绝访问，请更换",
        )
    return Told(
        days >= LEAST_DAYS_LEFT,
        f"{path.name}: valid until {last:%Y-%m-%d}, {days} days",
        f"{path.name}：有效期至 {last:%Y-%m-%d}，还有 {days} 天",
    )


def _run(check: Callable[[], Told]) -> Told:
    try:
        return check()
    except UserError as error:
        return Told(False, error.english, error.chinese)
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what this command is to tell
        line = f"{type(error).__name__}: {error}"
        return Told(False, line, line)


def _python() -> Told:
    found = sys.version.split()[0]
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Told(
        sys.version_info >= OLDEST_PYTHON,
        f"Python {found} ({wanted} or later wanted)",
        f"Python {found}（需要 {wanted} 或更新版本）",
    )


def _installed(name: str) -> str | None:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return None


def _disk(home: Home) -> Told:
    free = shutil.disk_usage(home.path).free / 1e9
    return Told(
        free >= LEAST_FREE_GB,
        f"{free:.1f} GB free (at least {LEAST_FREE_GB:g} wanted)",
        f"剩余 {free:.1f} GB（至少应有 {LEAST_FREE_GB:g} GB）",
    )


def _tables(settings: Settings) -> Told:
    database = Database.of(settings)
    try:
        found, newest = database.revision(), newest_revision()
    finally:
        database.close()
    kind = "PostgreSQL" if settings.database_url else "SQLite"
    if found is None:
        return Told(True, f"{kind}, made at the first start", f"{kind}，首次启动时建立")
    if found != newest:
        return Told(
            False,
            f"{kind}, revision {found}; this program's is {newest}: suyuan upgrade",
            f"{kind}，版本 {found}；本程序为 {newest}：请运行 suyuan upgrade",
        )
    return Told(True, f"{kind}, revision {found}, up to date", f"{kind}，版本 {found}，已是最新")


def _queue(settings: Settings) -> Told:
    if settings.queue_url is None:
        return Told(True, "SQLite, in the home", "SQLite，位于数据目录")
    check_queue(settings.queue_url)
    return Told(True, "Redis answers", "Redis 可用")


def _boundaries(home: Home) -> Told:
    found = current_boundaries(home, "township")
    if found is None:
        return Told(
            False,
            "none: suyuan boundaries import FILE --level township",
            "尚未导入：suyuan boundaries import 文件 --level township",
        )
    return Told(
        True, f"{len(found)} townships, {found.version}", f"{len(found)} 个街乡镇，{found.version}"
    )


def _cases(home: Home) -> Told:
    version = CaseStore(home).version
    if version is None:
        return Told(
            False,
            "none: suyuan cases import FILE --profile NAME",
            "尚未导入：suyuan cases import 文件 --profile 方案",
        )
    CaseStore(home).count()
    if not follows_boundaries(home):
        return Told(
            False,
            "located by other boundaries than those in use: suyuan cases relocate",
            "定位所用的边界不是当前边界：请运行 suyuan cases relocate",
        )
    return Told(True, f"store version {version}", f"库版本 {version}")


def _front_end() -> tuple[str, str]:
    return ("built", "已构建") if is_built() else (NOT_BUILT, NOT_BUILT_ZH)


def _english() -> Told:
    if any(TRANSLATION.glob("*.mo")):
        return Told(True, "compiled", "已编译")
    return Told(False, "not compiled: run `make frontend`", "未编译：请运行 make frontend")


def _fonts() -> Told:
    """Pages and their exports take the reader's fonts; what this machine draws needs its own."""
    listing = shutil.which("fc-list")
    found = (
        listing
        and subprocess.run(  # noqa: S603
            [listing, ":lang=zh", "family"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
    )
    if found:
        return Told(True, f"{len(found)} for Chinese", f"有 {len(found)} 种中文字体")
    return Told(
        False,
        "none for Chinese: pictures drawn on this machine would show boxes: "
        "apt-get install fontconfig fonts-noto-cjk",
        "没有中文字体，本机绘制的图片会显示方框：apt-get install fontconfig fonts-noto-cjk",
        advice=True,
    )


def _browser() -> Told:
    if any(map(shutil.which, BROWSERS)):
        return Told(True, "Chromium found", "已安装 Chromium")
    return Told(
        False,
        "no Chromium on this machine: only `make test` needs one, any browser elsewhere will do",
        "本机没有 Chromium：仅 make test 需要，访问页面可用其他机器上的任意浏览器",
        advice=True,
    )
