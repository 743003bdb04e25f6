"""What may be asked of the page of townships that have left."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.errors import InvalidParameter, validated
from app.townships.supervising.following import Closing


class ClosingForm(FlaskForm):  # type: ignore[misc]
    """The word with which an alert is closed."""

    words = TextAreaField(_l("处理意见"), validators=[InputRequired(), Length(max=2000)])
    row_version = HiddenField()

    def closing(self) -> Closing:
        """Return what was written.

        Raises
        ------
        InvalidParameter
            There is no word, or too many.
        """
        if not self.validate_on_submit():
            raise InvalidParameter(
                "words: an alert is closed with a word of at most 2,000 characters",
                "关闭预警须写明处理意见（不超过 2000 字）",
            )
        return validated(Closing, {"words": self.words.data, "row_version": self.row_version.data})
