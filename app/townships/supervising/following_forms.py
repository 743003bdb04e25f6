"""What may be asked of the page of townships that have left."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.errors import validated
from app.form_fields import version_of
from app.townships.supervising.following import Closing


class ClosingForm(FlaskForm):  # type: ignore[misc]
    """The word with which an alert is closed."""

    words = TextAreaField(_l("处理意见"), validators=[InputRequired(), Length(max=2000)])
    row_version = HiddenField()

    def closing(self) -> Closing:
        """Return what was written, checked once more as a whole."""
        version = version_of(self.row_version.data)
        return validated(Closing, {"words": self.words.data, "row_version": version})
