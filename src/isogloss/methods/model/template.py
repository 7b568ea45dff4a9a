"""Ask in other words: an instruction, words for labels, cues, the chat format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from isogloss.core.method import Context, Method
from isogloss.core.template import check

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Template(Method):
    """Ask in other words: an instruction, words for labels, cues, the chat format.

    It takes the place of the task's own template and prompt. What is given by
    language holds for examples in the language; under `""` stands what holds for all
    others.
    """

    instruction: Mapping[str, str] = field(default_factory=dict)
    """Language -> what is put before the input, or before all demonstrations."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language -> label -> the word or words that are written for it."""
    cues: Mapping[str, str] = field(default_factory=dict)
    """Input field, or `answer`, -> what is put before it."""
    lang: str = ""
    """Language of the instruction and the labels; empty: each example's own."""
    between: str = ""
    """What parts fields; empty: a line break, or the tokenizer's separator."""
    apart: str = ""
    """What parts solved examples; empty: an empty line, or two separators."""
    chat: bool = False
    """Ask in the chat format of the tokenizer, where it has one."""

    families = ("encoder_decoder", "decoder")
    kinds = ("generate", "classify", "choose", "tag", "span")
    cite = "Lin et al. 2022, 2112.10668"
    example = "template(instruction={'': 'Answer:'})"

    def model(self, model: Model, ctx: Context) -> Any:
        """Give the model's task the template.

        Raises:
            IsoglossError: it speaks of fields or labels that the task doesn't have.
        """
        from isogloss.reader.template import read

        template = read("template", asdict(self))
        check(template, ctx.task.fields, ctx.task.labels)
        return replace(model, task=replace(model.task, prompt="", template=template))
