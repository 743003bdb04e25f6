"""The rule of each flag in one sentence, with the numbers that the code uses."""

from __future__ import annotations

from geodata.coordinate_checks import area_pins as pins
from geodata.coordinate_checks import precision
from geodata.coordinate_checks.decimals import COARSE_DECIMALS
from geodata.default_points import COMMON_WORD_SHARE, LEAST_CASES, LEAST_SHARE, LEAST_STREETS
from geodata.notes import Note

MARGIN_KM = 1

RULES: dict[str, Note] = {
    "no_coordinates": Note(
        "Longitude or latitude is missing.",
        "缺少经度或纬度。",
    ),
    "zero": Note("Both are 0.", "经度和纬度都是 0。"),
    "whole_degree": Note(
        "Both are whole degrees: rounded beyond use.",
        "经度和纬度都是整度，取整过头，无法使用。",
    ),
    "swapped": Note(
        "Not in the city as given, in the city when longitude and latitude are exchanged. Nothing "
        "is exchanged silently.",
        "按原样不在本市，经纬度对调后在本市。系统不会自行对调。",
    ),
    "outside_area": Note(
        f"Farther than {MARGIN_KM} km from every area, or no coordinates of this Earth.",
        f"距任何区域都超过 {MARGIN_KM} 公里，或不是地球上的坐标。",
    ),
    "default_point": Note(
        f"One exact coordinate with at least {LEAST_CASES} cases and {LEAST_SHARE:.0%} of all, "
        f"whose addresses name at least {LEAST_STREETS} streets of which none is named by "
        f"{COMMON_WORD_SHARE:.0%} of them; or decided by hand.",
        f"同一坐标上至少有 {LEAST_CASES} 件且占全部 {LEAST_SHARE:.0%} 以上，地址分属至少 "
        f"{LEAST_STREETS} 条街道或小区，没有一处占到 {COMMON_WORD_SHARE:.0%}；或由人工认定。",
    ),
    "area_centre": Note(
        f"The centre of a township or district (within {pins.CENTRE_M:.0f} m) with at least "
        f"{pins.LEAST_AT_CENTRE} cases from {pins.LEAST_STREETS_AT_CENTRE} streets; or one exact "
        f"coordinate in its middle with at least {pins.LEAST_CASES} cases from "
        f"{pins.LEAST_STREETS} streets, {pins.ONE_AREA_SHARE:.0%} of them naming that one area. "
        "Such a case counts in the area, in no cell.",
        f"街乡镇或区的中心（{pins.CENTRE_M:.0f} 米以内），至少 {pins.LEAST_AT_CENTRE} 件、"
        f"{pins.LEAST_STREETS_AT_CENTRE} 条街道；或位于其中部的同一坐标，至少 {pins.LEAST_CASES} "
        f"件、{pins.LEAST_STREETS} 条街道，其中 {pins.ONE_AREA_SHARE:.0%} 指明同一区域。"
        "这样的诉求计入该区域，不计入六边形。",
    ),
    "coarse": Note(
        f"At most {COARSE_DECIMALS} decimals of a degree (about 100 m) where the rest of "
        f"the file has more or all have so few, at least {precision.BEYOND_CHANCE:.0f} times as "
        f"many as by chance; or a grid of at least {precision.LEAST_STEP_M:.0f} m. Where all of "
        "the possible spot lies in one township the case counts there.",
        f"小数不超过 {COARSE_DECIMALS} 位（约 100 米），而文件其余坐标更精确或全部如此，"
        f"且件数至少为偶然情形的 {precision.BEYOND_CHANCE:.0f} 倍；或落在间距至少 "
        f"{precision.LEAST_STEP_M:.0f} 米的网格上。可能范围全在一个街乡镇内的，计入该街乡镇。",
    ),
}
