"""What the dimensions of 七有五性 are called."""

from __future__ import annotations

from app.translation import _


def dimension_names() -> dict[str, str]:
    """Return the dimensions in the reader's language, in their order."""
    return {
        "幼有所育": _("幼有所育"),
        "学有所教": _("学有所教"),
        "劳有所得": _("劳有所得"),
        "病有所医": _("病有所医"),
        "老有所养": _("老有所养"),
        "住有所居": _("住有所居"),
        "弱有所扶": _("弱有所扶"),
        "便利性": _("便利性"),
        "宜居性": _("宜居性"),
        "多样性": _("多样性"),
        "公正性": _("公正性"),
        "安全性": _("安全性"),
    }
