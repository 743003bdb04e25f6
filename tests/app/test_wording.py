"""How numbers are said."""

import pytest

from app.hotspots.figures import percent, said


@pytest.mark.parametrize(
    ("share", "shown"), [(None, None), (0.0, 0.0), (0.0011, 0.1), (0.0949, 9.5), (0.5, 50)]
)
def test_a_small_share_is_not_said_to_be_nothing(share: float | None, shown: float | None) -> None:
    assert percent(share) == shown
    assert str(percent(0.43)) == "43"


def test_numbers_in_a_sentence_look_like_the_figures_beside_it() -> None:
    assert said(3714) == "3,714"
    assert said(1234.56, 1) == "1,234.6"
