"""The glossary: one source, complete in both languages."""

from app.home import terms


def test_document_is_in_step_with_its_source() -> None:
    assert terms.DOCUMENT.read_text("utf-8") == terms.glossary_markdown(), (
        "run `python -m app.home.terms`"
    )


def test_every_term_is_told_in_both_languages() -> None:
    for term in terms.terms():
        assert all((term.zh, term.en, term.zh_text, term.en_text)), term.key
        assert term.zh_text.endswith("。"), term.key
        assert term.en_text.endswith("."), term.key


def test_keys_are_unique() -> None:
    keys = [term.key for term in terms.terms()]
    assert len(keys) == len(set(keys))


def test_designs_words_are_there() -> None:
    """The words that look alike and must not be mixed."""
    words = {term.zh for term in terms.terms()}
    assert {"高频点位", "异常偏高点位", "诉求聚集区", "诉求偏低区", "治理类街乡镇"} <= words


def test_names_follow_the_language() -> None:
    term = next(term for term in terms.terms() if term.key == "cell")
    assert term.name("zh_Hans") == "六边形分析单元"
    assert term.name("en") == "Cell"
    assert term.text("en").startswith("A hexagon")
