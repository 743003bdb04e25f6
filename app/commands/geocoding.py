"""Place the addresses of a table, and the switch of the online geocoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.commands.acting import note
from app.terminal import as_json, progress_bar, report, say, terminal_language
from geodata.home import Home


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--address-field", required=True, help="Column with the address.")
@click.option("--district-field", help="Column with the reported district: evidence, no filter.")
@click.option("--township-field", help="Column with the reported township, likewise.")
@click.option(
    "--online",
    is_flag=True,
    help="Ask the service that `suyuan online on` names for rows that are not accepted.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV to write.")
@as_json
def geocode(
    file: Path,
    address_field: str,
    district_field: str | None,
    township_field: str | None,
    online: bool,
    out: Path,
    json_line: bool,
) -> None:
    """Place the addresses of a CSV, Excel or Parquet file by the register.

    No network, unless --online is given and switched on for this home: then addresses that are
    not accepted are sent to that service: of each only road, number, lane, estate and area.
    """
    from geodata.geocoding import geocode_table
    from geodata.placing import home_geocoder

    home = Home.from_environment()
    kept_back: list[str] = []
    ask = _asker(home, kept_back) if online else None
    with progress_bar(f"Placing {file.name}") as tell:
        tell(0, 100, "register")
        geocoder = home_geocoder(home)
        done = geocode_table(
            geocoder,
            file,
            out,
            address_field=address_field,
            district_field=district_field,
            township_field=township_field,
            ask=ask,
            progress=lambda share, rows: tell(round(100 * share), 100, f"{rows:,} rows"),
        )
    if online:
        note("online.ask", ("file", ""), file=file)
    report(done.to_json(), json_line=json_line)
    _say_kept_back(len(kept_back))
    if done.below_threshold or done.unplaced:
        say(
            f"{done.below_threshold} 行未达阈值，{done.unplaced} 行未能匹配：accepted 列为 False"
            if terminal_language() == "zh"
            else f"{done.below_threshold} rows below the threshold and {done.unplaced} unplaced: "
            "their column accepted is False"
        )


def _say_kept_back(rows: int) -> None:
    if rows:
        say(
            f"{rows} 行认不出地址，未发送给联网服务"
            if terminal_language() == "zh"
            else f"{rows} rows were not sent to the online service: no address recognised in them"
        )


def _asker(home: Home, kept_back: list[str]) -> Any:
    """Return what asks the service of a home, having said so; what is not sent is kept back."""
    from geodata.geocoding.online import OnlineNotAllowed
    from geodata.geocoding.online_switch import ask_online, read_setting
    from geodata.geocoding.sendable import sent_text

    setting = read_setting(home)
    if setting is None:
        raise OnlineNotAllowed(
            "--online: online geocoding is off; `suyuan online on SERVICE` switches it on",
            "--online：联网匹配未开启；可用 suyuan online on 服务名 开启",
        )
    say(_warning(setting.service))

    def ask(text: str, district: str | None, township: str | None) -> Any:
        sent = sent_text(text, district, township)
        if not sent:
            kept_back.append(text)
            return None
        return ask_online(home, sent, why="table")

    return ask


def _warning(service: str) -> str:
    if terminal_language() == "zh":
        return (
            f"注意：开启联网匹配后，地址会离开本机，发送给外部服务 {service}。"
            "只发送认出的道路、门牌、弄、小区和区域名，其余不发送；什么时候问过记入日志，日志里没有地址。"
        )
    return (
        f"Note: with online geocoding addresses leave this machine and are sent to {service}. "
        "Only the road, number, lane, estate and area recognised in them are sent, nothing else; "
        "when it was asked is logged, without the address."
    )


@click.group()
def online() -> None:
    """Online geocoder: off unless switched on; addresses then leave this machine."""


@online.command("on")
@click.argument("service")
@click.option("--ask-key", is_flag=True, help="Ask for the service's key, without showing it.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Further setting.")
@click.option("--crs", default="WGS84", help="Coordinate system of its answers.")
@click.option(
    "--seconds-apart", default=1.0, type=click.FloatRange(0.01, 3600), help="Between questions."
)
@click.option("--yes", is_flag=True, help="Do not ask whether addresses may leave the machine.")
@as_json
def on_command(
    service: str,
    ask_key: bool,
    settings: tuple[str, ...],
    crs: str,
    seconds_apart: float,
    yes: bool,
    json_line: bool,
) -> None:
    """Switch on one of geopy's geocoders for this home, such as nominatim, baidu or arcgis.

    Nothing is asked by this. The key is kept in the home, readable by its owner only.
    """
    from geodata.geocoding.online_switch import OnlineSetting, switch_on

    say(_warning(service))
    if not yes:
        allowed = "允许吗？" if terminal_language() == "zh" else "Is that allowed?"
        click.confirm(allowed, abort=True, err=True)
    options = dict(_pair(each) for each in settings)
    if ask_key:
        options["api_key"] = click.prompt("key", hide_input=True, err=True)
    home = Home.from_environment()
    switch_on(home, OnlineSetting(service, options, crs, seconds_apart))
    note("online.on", ("online", service), settings=sorted(options), crs=crs)
    report(_online_state(), json_line=json_line, timed=False)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise click.BadParameter(f"{name!r}: expected NAME=VALUE", param_hint="--set")
    return name, value


@online.command("off")
@as_json
def off_command(json_line: bool) -> None:
    """Switch it off: key and remembered answers are deleted, the log stays."""
    from geodata.geocoding.online_switch import switch_off

    home = Home.from_environment()
    switch_off(home)
    note("online.off", ("online", ""))
    report(_online_state(), json_line=json_line, timed=False)


@online.command("status")
@as_json
def status_command(json_line: bool) -> None:
    """Tell whether it is on, and when which service was asked last."""
    report(_online_state(), json_line=json_line, timed=False)


def _online_state() -> dict[str, Any]:
    from geodata.geocoding.online_switch import read_log, read_setting

    home = Home.from_environment()
    setting, log = read_setting(home), read_log(home)
    return {
        "on": setting is not None,
        "service": setting and setting.service,
        "settings": sorted(setting.options) if setting else [],
        "crs": setting and setting.crs,
        "seconds_apart": setting and setting.seconds_apart,
        "questions_asked": len(log),
        "last": log[-1] if log else None,
    }
