"""Personal data in texts are masked before anyone sees them."""

from __future__ import annotations

from geodata.privacy.columns import mask_column
from geodata.privacy.masking import mask_address, mask_text
from geodata.privacy.names import SURNAMES
from geodata.privacy.shapes import shape_of

__all__ = ["SURNAMES", "mask_address", "mask_column", "mask_text", "shape_of"]
