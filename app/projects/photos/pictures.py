"""A picture as a camera made it, and as it is kept: smaller, upright, with nothing told of anybody.

Cameras write where and when a picture was taken, and often who owns them. The place and the day are
read, and the picture is drawn anew without any of it.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from datetime import date, datetime

from PIL import Image, ImageOps
from PIL.ExifTags import GPS, IFD, Base

from app.errors import InvalidParameter

LARGEST_BYTES = 20 * 1024 * 1024
LONGEST_SIDE = 2560
"""Pixels that are kept: a sign at a building site can still be read."""

SMALL_SIDE = 480
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 85
MOST_PIXELS = 120_000_000

UNREADABLE = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error,
    Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises of pictures, and of what cameras write into them, that are damaged."""


@dataclass(frozen=True)
class Picture:
    """A picture to be kept.

    Attributes
    ----------
    data, small : bytes
        JPEG, whole and as a list shows it.
    width, height : int
        Of the whole.
    taken_on : date or None
    position : (float, float) or None
        Longitude and latitude that the camera wrote.
    """

    data: bytes
    small: bytes
    width: int
    height: int
    taken_on: date | None
    position: tuple[float, float] | None


def read_picture(data: bytes, name: str) -> Picture:
    """Read a picture.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, as messages call it.

    Raises
    ------
    InvalidParameter
        It is too large, of another kind or cannot be read.
    """
    if len(data) > LARGEST_BYTES:
        size, most = len(data) / 2**20, LARGEST_BYTES // 2**20
        raise _refused(
            f"{name}: {size:.0f} MB, a photo has at most {most} MB",
            f"照片“{name}”有 {size:.0f} MB，单张不超过 {most} MB",
        )
    try:
        with warnings.catch_warnings():
            # A picture of very many pixels is refused below, by its size and not by a warning.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise _refused(
                f"{name}: {image.width} × {image.height} pixels are too many",
                f"照片“{name}”有 {image.width} × {image.height} 像素，过大",
            )
        exif = image.getexif()
        upright = ImageOps.exif_transpose(image).convert("RGB")
    except UNREADABLE:
        raise _refused(
            f"{name}: no photo of JPEG, PNG or WebP, or it is damaged",
            f"“{name}”不是 JPEG、PNG 或 WebP 照片，或已损坏",
        ) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = upright.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(
        _jpeg(upright), _jpeg(small), upright.width, upright.height, _day(exif), _position(exif)
    )


def _refused(english: str, chinese: str) -> InvalidParameter:
    return InvalidParameter(english, chinese, field="photos")


def _jpeg(image: Image.Image) -> bytes:
    # Pixels alone: what else the picture carried is not copied.
    plain = Image.new("RGB", image.size)
    plain.paste(image)
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _day(exif: Image.Exif) -> date | None:
    """Return the day on which the picture was taken, as far as the camera tells."""
    own = exif.get_ifd(IFD.Exif)
    text = own.get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
    try:
        return datetime.strptime(str(text)[:10], "%Y:%m:%d").date()
    except ValueError:
        return None


def _position(exif: Image.Exif) -> tuple[float, float] | None:
    gps = exif.get_ifd(IFD.GPSInfo)
    try:
        lat = _degrees(gps[GPS.GPSLatitude]) * (-1 if gps.get(GPS.GPSLatitudeRef) == "S" else 1)
        lng = _degrees(gps[GPS.GPSLongitude]) * (-1 if gps.get(GPS.GPSLongitudeRef) == "W" else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Cameras without a fix write zeros.
    return (lng, lat) if (lng, lat) != (0, 0) and abs(lng) <= 180 and abs(lat) <= 90 else None


def _degrees(parts: tuple[float, float, float]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600
