"""From an example to token ids: fields, special tokens, and what to do with long inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.core.types import Example

Ids = list[int]


def fields(task: Task, example: Example) -> list[str]:
    """Give an example's input fields as texts, the prompt before the first.

    Text-to-text models read them joined by a separator: "prompt first | second".
    Words are joined by spaces, options follow as fields of their own. Inputs
    that are `raw` are read as they stand, whatever the task.
    """
    if "raw" in example.inputs:
        return [example.inputs["raw"]]
    texts: list[str] = []
    for name in task.fields:
        value = example.inputs.get(name, "")
        if isinstance(value, str):
            texts.append(value)
        elif name == "options":
            texts.extend(value)
        else:
            texts.append(" ".join(value))
    if task.prompt:
        texts[0] = f"{task.prompt} {texts[0]}"
    return texts


def tokens(tokenizer: Any, texts: Sequence[str]) -> list[Ids]:
    """Encode texts without special tokens."""
    if not texts:
        return []
    backend = _backend(tokenizer)
    if backend is None:
        found: list[Ids] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return found
    return [e.ids for e in backend.encode_batch_fast(list(texts), add_special_tokens=False)]


def offsets(tokenizer: Any, texts: Sequence[str]) -> list[tuple[Ids, list[tuple[int, int]]]]:
    """Encode texts, with the first and last character of each token.

    Raises:
        IsoglossError: the tokenizer is a slow one, which can't tell.
    """
    backend = _backend(tokenizer)
    if backend is None:
        raise IsoglossError(
            f"{type(tokenizer).__name__} can't tell where a token stands in the text",
            "span needs a fast tokenizer; take a backbone that has a tokenizer.json",
        )
    found = backend.encode_batch(list(texts), add_special_tokens=False)
    return [(e.ids, e.offsets) for e in found]


def words(tokenizer: Any, lists: Sequence[Sequence[str]]) -> list[list[Ids]]:
    """Encode words one by one; a word of no tokens becomes <unk>, so none is lost."""
    unique = sorted({word for each in lists for word in each})
    lead = _lead(tokenizer)
    pieces = tokens(tokenizer, [lead + word for word in unique])
    known = dict(zip(unique, pieces, strict=True))
    unknown = [tokenizer.unk_token_id if tokenizer.unk_token_id is not None else 0]
    return [[known[word] or unknown for word in each] for each in lists]


def _lead(tokenizer: Any) -> str:
    """Give the space that byte-level vocabularies want before a word."""
    backend = _backend(tokenizer)
    pre = getattr(backend, "pre_tokenizer", None) if backend is not None else None
    return " " if pre is not None and "ByteLevel" in repr(pre) else ""


def _backend(tokenizer: Any) -> Any:
    if not getattr(tokenizer, "is_fast", False):
        return None
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return backend


@dataclass(frozen=True)
class Frame:
    """The special tokens that a tokenizer puts around one text or two."""

    prefix: Ids
    middle: Ids
    suffix: Ids
    typed: bool
    """Whether the second text has token type 1."""

    def wrap(self, first: Ids, second: Ids | None = None) -> dict[str, Ids]:
        """Put the special tokens around one text or two."""
        ids = [*self.prefix, *first]
        ids += self.suffix if second is None else [*self.middle, *second, *self.suffix]
        if not self.typed:
            return {"input_ids": ids}
        ones = 0 if second is None else len(second) + len(self.suffix)
        return {"input_ids": ids, "token_type_ids": [0] * (len(ids) - ones) + [1] * ones}

    def extra(self, second: bool) -> int:
        """Count the special tokens."""
        return len(self.prefix) + len(self.suffix) + (len(self.middle) if second else 0)


def frame(tokenizer: Any) -> Frame:
    """Find a tokenizer's special tokens by trying it."""
    bare = tokens(tokenizer, ["a"])[0]
    found = tokenizer("a", "a", return_token_type_ids=True)
    ids = list(found["input_ids"])
    places = [i for i in range(len(ids)) if ids[i : i + len(bare)] == bare]
    first, second = places[0], places[-1]
    return Frame(
        prefix=ids[:first],
        middle=ids[first + len(bare) : second],
        suffix=ids[second + len(bare) :],
        typed="token_type_ids" in tokenizer.model_input_names
        and 1 in found.get("token_type_ids", ()),
    )


def line(tokenizer: Any) -> Ids:
    """Give the tokens of a line break; none where the vocabulary can't write one."""
    ids = tokens(tokenizer, ["\n"])[0]
    return ids if "\n" in tokenizer.decode(ids) else []


def separator(tokenizer: Any) -> Ids:
    """Give what stands between fields: a line break where it is known, else </s>."""
    special = (tokenizer.sep_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id)
    return line(tokenizer) or [next((i for i in special if i is not None), 0)]


def shorten(parts: list[Ids], space: int, fit: Fit) -> tuple[list[list[Ids]], bool]:
    """Cut the longest of several parts until they fit together.

    Returns:
        One version of the parts, or one for each chunk; and whether something is lost.
    """
    total = sum(map(len, parts))
    if total <= space:
        return [parts], False
    longest = max(range(len(parts)), key=lambda i: len(parts[i]))
    left = space - (total - len(parts[longest]))
    if left < 1:  # several long parts: each gets its share
        share = max(1, space // len(parts))
        return [[part[:share] for part in parts]], True
    spans = windows(len(parts[longest]), left, fit)
    versions = [
        [*parts[:longest], [parts[longest][i] for i in span], *parts[longest + 1 :]]
        for span in spans
    ]
    return versions, fit.long != "chunks"


def windows(length: int, space: int, fit: Fit) -> list[list[int]]:
    """List the positions that are kept of a sequence: one list, or one for each chunk."""
    if length <= space:
        return [list(range(length))]
    if fit.long == "head":
        return [list(range(space))]
    if fit.long == "head_tail":
        head = (space + 1) // 2
        return [[*range(head), *range(length - (space - head), length)]]
    return overlapping(length, space, fit.stride)


def overlapping(length: int, space: int, stride: int) -> list[list[int]]:
    """Cover a sequence with windows that overlap by ``stride`` positions, or half a window."""
    step = max(1, space - min(stride, space // 2))
    found = []
    for first in range(0, max(length, 1), step):
        found.append(list(range(first, min(first + space, length))))
        if first + space >= length:
            break
    return found


def word_windows(
    lengths: Sequence[float], space: int, fit: Fit
) -> tuple[list[tuple[list[int], set[int]]], bool]:
    """Choose the words that fit: (words in the window, words it answers for), and a cut.

    A word in two windows is answered for by the one that has more around it.
    """
    if sum(lengths) <= space:
        return [(list(range(len(lengths))), set(range(len(lengths))))], False
    if fit.long != "chunks":
        kept = _fitting(lengths, space, tail=fit.long == "head_tail")
        return [(kept, set(kept))], True
    spans: list[list[int]] = []
    first = 0
    while True:
        span = _from(lengths, space, first)
        spans.append(span)
        if span[-1] == len(lengths) - 1:
            break
        back, overlap = span[-1] + 1, 0.0
        while back - 1 > first and overlap + lengths[back - 1] <= min(fit.stride, space // 2):
            back -= 1
            overlap += lengths[back]
        first = back
    best = {
        word: max(range(len(spans)), key=lambda s: _inside(spans[s], word))
        for word in range(len(lengths))
    }
    return [(span, {w for w in span if best[w] == s}) for s, span in enumerate(spans)], False


def _inside(span: list[int], word: int) -> int:
    """Count the words between a word and the nearer end of its window."""
    return min(word - span[0], span[-1] - word) if span[0] <= word <= span[-1] else -1


def _from(lengths: Sequence[float], space: int, first: int) -> list[int]:
    used = 0.0
    span: list[int] = []
    for word in range(first, len(lengths)):
        used += lengths[word]
        if used > space and span:
            break
        span.append(word)
    return span


def _fitting(lengths: Sequence[float], space: int, *, tail: bool) -> list[int]:
    count = len(lengths)
    order = sorted(range(count), key=lambda i: min(i, count - 1 - i)) if tail else range(count)
    used = 0.0
    kept: list[int] = []
    for word in order:
        used += lengths[word]
        if used > space and kept:
            break
        kept.append(word)
    return sorted(kept)
