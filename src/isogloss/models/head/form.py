"""What stands around inputs and answers in a text-to-text model's input: plain, or a chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.template import Template
from isogloss.models.head import text
from isogloss.models.head.cut import Ids

if TYPE_CHECKING:
    from isogloss.models.model import Model

ASKED, SOLVED = "\ue000asked\ue001", "\ue000solved\ue001"
"""Stand for an input and an answer while a chat is laid out."""
DAY = "26 Jul 2024"
"""What a chat is told of the date, so that a prompt is the same tomorrow."""


@dataclass(frozen=True)
class Form:
    """The tokens between the texts."""

    lead: Ids
    """Before all that a decoder reads."""
    between: Ids
    """Between fields."""
    solved: Ids
    """Between the inputs of a solved example and its answer."""
    apart: Ids
    """Between that answer and the next inputs."""
    after: Ids
    """Between the inputs that are asked and the answer, in a decoder."""
    chat: bool = False
    """Each input and each answer is a turn of its own."""


def form(model: Model) -> Form:
    """Find the form in which a model is asked."""
    template, tokenizer, decoder = model.task.template, model.tokenizer, model.family.in_line
    between = _given(tokenizer, template.between) or text.separator(tokenizer)
    if decoder and template.chat and tokenizer.chat_template:
        return _chat(tokenizer, between)
    # A decoder's answer is on a line of its own, where it can write lines.
    gap = (_given(tokenizer, template.between) or text.gap(tokenizer)) if decoder else []
    return Form(
        lead=text.frame(tokenizer).prefix if decoder else [],
        between=between,
        solved=gap if decoder else between,
        apart=_given(tokenizer, template.apart) or text.blank(tokenizer),
        after=gap,
    )


def stop(tokenizer: Any, template: Template) -> str:
    """Give the text that ends a plain answer behind solved examples; empty: its end token."""
    return template.apart or ("\n\n" if text.line(tokenizer) else "")


def _given(tokenizer: Any, separator: str) -> Ids:
    return text.tokens(tokenizer, [separator])[0] if separator else []


def _chat(tokenizer: Any, between: Ids) -> Form:
    """Lay out a chat of one turn, and of two, and read off what stands around them.

    Raises:
        IsoglossError: the tokenizer's chat format refuses turns, or leaves out what is said.
    """
    from jinja2.exceptions import TemplateError

    try:
        single, double = _laid_out(tokenizer, 1), _laid_out(tokenizer, 2)
    except TemplateError:
        single = double = []
    if len(single) != 2 or len(double) != 4:
        raise IsoglossError(
            "the tokenizer's chat format can't show solved examples as turns",
            "leave chat out of the template, or write chat = false",
        )
    lead, after = (_encoded(tokenizer, each) for each in single)
    solved, apart = (_encoded(tokenizer, each) for each in double[1:3])
    return Form(lead, between, solved, apart, after, chat=True)


def _laid_out(tokenizer: Any, turns: int) -> list[str]:
    """Split a chat at what is said in it."""
    said = [("user", ASKED), ("assistant", SOLVED)] * turns
    messages = [{"role": role, "content": content} for role, content in said[:-1]]
    whole: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, date_string=DAY
    )
    return whole.replace(SOLVED, ASKED).split(ASKED)


def _encoded(tokenizer: Any, literal: str) -> Ids:
    """Encode a part of a chat format, whose names of control tokens are these tokens."""
    ids: Ids = tokenizer(literal, add_special_tokens=False)["input_ids"] if literal else []
    return ids
