"""Photos as cameras write them, made here."""

from __future__ import annotations

import io

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

OWNER = "Ouyang Muxue's phone"


def photo(
    at: tuple[float, float] | None = None,
    day: str = "2025:05:06 10:11:12",
    size: tuple[int, int] = (400, 300),
    colour: str = "navy",
    kind: str = "JPEG",
    orientation: int = 1,
) -> bytes:
    """Return a picture that tells where and when it was taken, and whose camera it was."""
    image = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[Base.Artist] = OWNER
    exif[Base.Model] = "Phone 9"
    exif[Base.Orientation] = orientation
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = day
    if at is not None:
        place = exif.get_ifd(IFD.GPSInfo)
        place[GPS.GPSLongitudeRef], place[GPS.GPSLongitude] = "E", (at[0], 0.0, 0.0)
        place[GPS.GPSLatitudeRef], place[GPS.GPSLatitude] = "N", (at[1], 0.0, 0.0)
    written = io.BytesIO()
    image.save(written, kind, exif=exif)
    return written.getvalue()
