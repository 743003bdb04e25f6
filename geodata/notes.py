"""What a report tells people besides its numbers, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """One line for people; ``str(note)`` is the English one.

    Examples
    --------
    >>> note = Note("only sheet 'A' was read", "只读取了工作表“A”")
    >>> note.text("zh_Hans"), note.text("en")
    ('只读取了工作表“A”', "only sheet 'A' was read")
    """

    english: str
    chinese: str

    def text(self, language: str) -> str:
        """Return the line in a language: Chinese where its name begins with ``zh``."""
        return self.chinese if language.startswith("zh") else self.english

    def __str__(self) -> str:
        return self.english
