"""What stands around a query: solved examples before it, and reasoning behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.task import instruction
from isogloss.core.types import Example
from isogloss.models.head import head_for, text
from isogloss.models.head.border import borders
from isogloss.models.head.cut import Ids, kept
from isogloss.models.head.form import Form, stop
from isogloss.models.model import Model


@dataclass(frozen=True)
class Surroundings:
    """Solved examples and reasoning of one query, encoded; and the query without instruction."""

    form: Form
    instruction: Ids
    """With what parts it from the first solved example."""
    shown: Sequence[Ids]
    """Solved examples, each with what parts it from the next."""
    bare: Sequence[Ids]
    """The query's fields without the instruction."""
    whole: Sequence[Ids]
    """The same with it."""
    reasoning: Ids
    starts: Sequence[int]
    """Places in the reasoning where it may be cut."""

    def version(self, space: int) -> tuple[list[Ids] | None, bool]:
        """Put around the query what fits beside all of it.

        Returns:
            The fields, the first of them with what stands before it; None where nothing
            fits. And whether something was left out.
        """
        behind = len(self.reasoning) + len(self.form.between) * bool(self.reasoning)
        sizes = list(map(len, self.shown))
        ahead = sum(map(len, self.bare)) + len(self.instruction)
        count, _ = kept(ahead, behind, sizes, space)
        if count:
            first = [n for each in (self.instruction, *self.shown[-count:]) for n in each]
            fields = [[*first, *self.bare[0]], *self.bare[1:]]
            return fields + [self.reasoning] * bool(behind), count < len(sizes)
        _, room = kept(sum(map(len, self.whole)), behind, (), space)
        room -= len(self.form.between)
        tail = next((n for n in self.starts if len(self.reasoning) - n <= room), None)
        cut = bool(sizes) or (bool(behind) and tail != 0)
        if not behind or tail is None or room <= 0:
            return None, cut
        return [*self.whole, self.reasoning[tail:]], cut


def surroundings(
    model: Model,
    form: Form,
    examples: Sequence[Example],
    whole: Sequence[Sequence[Ids]],
) -> list[Surroundings | None]:
    """Encode what stands around queries; None where nothing does.

    Args:
        whole: the queries' fields, as they are read alone.
    """
    task, tokenizer = model.task, model.tokenizer
    busy = [e for e in examples if e.demonstrations or e.reasoning]
    if not busy:
        return [None] * len(examples)
    # Queries share their demonstrations, so each is encoded once.
    solved = {id(d): d for e in busy for d in e.demonstrations}
    shown = dict(zip(solved, _shown(model, form, list(solved.values())), strict=True))
    said = [instruction(task, e.lang) if e.demonstrations else "" for e in busy]
    leads = iter(text.tokens(tokenizer, said))
    bare = iter(text.parted(tokenizer, task, busy, bare=True))
    thoughts = iter(text.tokens(tokenizer, [e.reasoning for e in busy]))
    blank = text.blank(tokenizer) if form.chat else form.apart
    found: list[Surroundings | None] = []
    for example, fields in zip(examples, whole, strict=True):
        if not (example.demonstrations or example.reasoning):
            found.append(None)
            continue
        lead, thought, query = next(leads), next(thoughts), next(bare)
        cuts = borders(tokenizer, example.reasoning)
        starts = [n for n in range(len(thought)) if cuts.behind(n) == n]
        found.append(
            Surroundings(
                form,
                [*lead, *blank] if lead else [],
                [shown[id(d)] for d in example.demonstrations],
                query.ids,
                fields,
                thought,
                starts,
            )
        )
    return found


def _shown(model: Model, form: Form, solved: Sequence[Example]) -> list[Ids]:
    """Encode solved examples: inputs, reasoning where there is some, and the answer."""
    if not solved:
        return []
    tokenizer = model.tokenizer
    # Whatever head asks: answers are those to the task.
    head: Any = head_for(model.task.kind, model.family.name)
    inputs = text.parted(tokenizer, model.task, solved, bare=True)
    thoughts = text.tokens(tokenizer, [each.reasoning for each in solved])
    answers = text.tokens(tokenizer, [head.target(model.task, each) for each in solved])
    found = []
    for parts, thought, answer in zip(inputs, thoughts, answers, strict=True):
        fields = [*parts.ids, *([thought] if thought else [])]
        joined = [
            n for place, ids in enumerate(fields) for n in [*form.between * bool(place), *ids]
        ]
        found.append([*joined, *form.solved, *answer, *form.apart])
    return found


def stopped(model: Model, example: Example, written: str, limit: bool) -> tuple[str, bool]:
    """Cut a written answer where it goes on with an example of its own.

    Returns:
        The answer, and whether it is the length limit that ended it.
    """
    template = model.task.template
    if not example.demonstrations or not model.family.in_line:
        return written, limit
    mark = stop(model.tokenizer, template)
    if not mark or (template.chat and model.tokenizer.chat_template):
        return written, limit
    answer, found, _ = written.partition(mark)
    return (answer, False) if found else (written, limit)
