"""How a text-to-text model is asked, as data: a template of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isogloss.core.errors import IsoglossError, unknown

Texts = Mapping[str, str]
ANSWER = "answer"
"""Names the answer among the cues."""


@dataclass(frozen=True)
class Template:
    """What stands around an example's fields, and how its labels are called.

    What is given by language holds for examples in the language; under `""`
    stands what holds for all others.
    """

    instruction: Texts = field(default_factory=dict)
    """Language -> what is put before the input, or before all demonstrations."""
    labels: Mapping[str, Texts] = field(default_factory=dict)
    """Language -> label -> the word or words that are written for it; other labels are
    written as they are."""
    cues: Texts = field(default_factory=dict)
    """Input field, or `answer`, -> what is put before it."""
    lang: str = ""
    """Language of the instruction and the labels; empty: each example's own."""
    between: str = ""
    """What parts fields, and an answer from them; empty: a line break, or the tokenizer's
    separator where it can't write one."""
    apart: str = ""
    """What parts solved examples from what follows; empty: an empty line, or two separators."""
    chat: bool = False
    """Ask in the chat format of the tokenizer, where it has one."""

    def instructed(self, lang: str) -> str:
        """Give the instruction for an example in a language."""
        return self.instruction.get(self.lang or lang, self.instruction.get("", ""))

    def said(self, labels: Sequence[str], lang: str) -> list[str]:
        """Give the words for labels, in their order.

        Raises:
            IsoglossError: two labels are called the same.
        """
        known = self.labels.get(self.lang or lang, self.labels.get("", {}))
        words = [known.get(label, label) for label in labels]
        for place, word in enumerate(words):
            if (first := words.index(word)) != place:
                raise IsoglossError(
                    f"the labels '{labels[first]}' and '{labels[place]}' are both called "
                    f"'{word}' in '{self.lang or lang}'",
                    "give each label words of its own in the template",
                )
        return words


def check(template: Template, fields: Sequence[str], labels: Sequence[str]) -> None:
    """Refuse a template that speaks of fields or labels that a task doesn't have.

    Raises:
        IsoglossError: names what is not there.
    """
    for name in template.cues:
        if name not in (*fields, ANSWER):
            raise unknown("field in the template's cues:", name, (*fields, ANSWER))
    for lang, words in template.labels.items():
        for label, word in words.items():
            if label not in labels:
                raise unknown("label in the template:", label, labels)
            if not word.strip():
                raise IsoglossError(
                    f"the template's word for '{label}' is empty", f'write {label} = "..."'
                )
        template.said(labels, template.lang or lang)
