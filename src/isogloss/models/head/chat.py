"""Prompts that are chats, laid out as a model's own template writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.head import text
from isogloss.models.head.cut import Ids, Parts
from isogloss.models.head.seq import Source
from isogloss.models.model import Model

Messages = Sequence[Mapping[str, str]]


class ChatSource(Source):
    """Lay out chats by the tokenizer's template, and other inputs as usual.

    Without a template the messages are fields, one after the other.
    """

    def __init__(self, model: Model, fit: Fit, field: str) -> None:
        """Look at the model; ``field`` may hold a chat."""
        super().__init__(model, fit)
        self.field = field

    def parts(self, examples: Sequence[Example]) -> list[Parts]:
        """Encode examples' fields; of a chat that is too long the longest messages are cut."""
        plain = super().parts(examples)
        return [
            self._rendered(example.inputs[self.field]) if self._templated(example) else parts
            for example, parts in zip(examples, plain, strict=True)
        ]

    def ids(self, parts: Sequence[Ids], example: Example) -> Ids:
        """Join the fields; a template has its special tokens already."""
        if self._templated(example):
            return [number for part in parts for number in part]
        return super().ids(parts, example)

    def _templated(self, example: Example) -> bool:
        chat = not isinstance(example.inputs.get(self.field, ""), str)
        return chat and bool(self.model.tokenizer.chat_template)

    def _rendered(self, chat: Messages) -> Parts:
        tokenizer, messages = self.model.tokenizer, self._asked(chat)
        whole, cut = rendered(tokenizer, messages), False
        while over := max(0, len(_ids(tokenizer, whole)) - self.space(1)):
            longest = max(messages, key=lambda each: len(each["content"]))
            [ids] = text.tokens(tokenizer, [longest["content"]])
            if not ids:  # there is nothing left but the template
                break
            kept = ids[: max(0, len(ids) - over)]
            longest["content"] = text.written(tokenizer, kept, limit=True)
            whole, cut = rendered(tokenizer, messages), True
        return Parts([whole], [_ids(tokenizer, whole)], [False], cut=cut)

    def _asked(self, chat: Messages) -> list[dict[str, str]]:
        """Put the task's instruction first; names of control tokens in messages stay text."""
        contents = text.apart(self.model.tokenizer, [each["content"] for each in chat])
        if self.model.task.prompt:
            contents[0] = f"{self.model.task.prompt} {contents[0]}"
        return [{**each, "content": c} for each, c in zip(chat, contents, strict=True)]


def _ids(tokenizer: Any, whole: str) -> Ids:
    found: Ids = tokenizer(whole, add_special_tokens=False)["input_ids"]
    return found


def rendered(tokenizer: Any, messages: Messages) -> str:
    """Write a chat up to where the model answers.

    Raises:
        IsoglossError: the template refuses the chat.
    """
    from jinja2.exceptions import TemplateError

    try:
        found: str = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True
        )
    except TemplateError as error:
        roles = ", ".join(each["role"] for each in messages)
        raise IsoglossError(
            f"the chat template of {tokenizer.name_or_path} refuses a chat of {roles}: {error}",
            "take out the messages that it doesn't know, or write the prompt as one text",
        ) from None
    return found
