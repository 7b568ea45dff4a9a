"""From an example to token ids: fields, special tokens, and what to do with long inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.core.types import Example

Ids = list[int]
Place = tuple[int, int]
MARK = regex.compile(r"<extra_id_\d+>|<mask>")
"""What stands for lost text in texts that the package has noised."""
PAIRS = (("a", "b"), ("the", "team"), ("1", "2"), ("я", "ты"))
"""Words to try a tokenizer with."""


class Marked(str):
    """A noised text or what it asks for: its marks are control tokens."""

    __slots__ = ()


def fields(task: Task, example: Example) -> list[str]:
    """Give an example's input fields as texts, the prompt before the first.

    Text-to-text models read them joined by a separator: "prompt first | second".
    Words are joined by spaces, options follow as fields of their own. Inputs
    that are `raw` are read as they stand, whatever the task.
    """
    if "raw" in example.inputs:
        return [Marked(example.inputs["raw"])]
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
    """Encode texts without special tokens; what looks like one in a text stays text."""
    found: list[Ids] = [[] for _ in texts]
    for encode, marked in ((_plain, False), (_marked, True)):
        places = [n for n, text in enumerate(texts) if isinstance(text, Marked) is marked]
        encoded = encode(tokenizer, [texts[n] for n in places]) if places else []
        for place, ids in zip(places, encoded, strict=True):
            found[place] = ids
    return found


def _plain(tokenizer: Any, texts: list[str]) -> list[Ids]:
    backend, names = _backend(tokenizer), control(tokenizer)
    if backend is None:
        return [
            tokenizer(
                text,
                add_special_tokens=False,
                split_special_tokens=any(name in text for name in names.values()),
            )["input_ids"]
            for text in texts
        ]
    encoded = backend.encode_batch_fast(texts, add_special_tokens=False)
    unknown = tokenizer.unk_token_id
    misread = names.keys() - {unknown}
    found = []
    for text, each in zip(texts, encoded, strict=True):
        if not misread.isdisjoint(each.ids) or names.get(unknown, "\0") in text:
            each = backend.encode(text, add_special_tokens=False)  # with places
            spelled = _spelled(tokenizer, names, text, each)
            found.append([number for number, _ in spelled])
        else:
            found.append(each.ids)
    return found


def _marked(tokenizer: Any, texts: list[str]) -> list[Ids]:
    """Encode texts with marks; other names of control tokens get a space within."""
    every = control(tokenizer).values()
    names = [name for name in every if len(name) > 1 and not MARK.fullmatch(name)]
    for name in names:
        texts = [text.replace(name, f"{name[:1]} {name[1:]}") for text in texts]
    found: list[Ids] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return found


def offsets(tokenizer: Any, texts: Sequence[str]) -> list[tuple[Ids, list[Place]]]:
    """Encode texts, with the first and last character of each token.

    A token that stands for a part of a grapheme, such as a letter without its vowel
    sign, has the place of the whole one.

    Raises:
        IsoglossError: the tokenizer is a slow one, which can't tell.
    """
    backend, names = _backend(tokenizer), control(tokenizer)
    if backend is None:
        raise IsoglossError(
            f"{type(tokenizer).__name__} can't tell where a token stands in the text",
            "span needs a fast tokenizer; take a backbone that has a tokenizer.json",
        )
    found = []
    for text, each in zip(
        texts, backend.encode_batch(list(texts), add_special_tokens=False), strict=True
    ):
        spelled = _spelled(tokenizer, names, text, each)
        found.append(([n for n, _ in spelled], _whole(text, [place for _, place in spelled])))
    return found


def control(tokenizer: Any) -> dict[int, str]:
    """Give the ids and names of the tokens that stand for no text, chat markers among them."""
    template = str(tokenizer.chat_template or "")
    found = dict(zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True))
    for number, token in tokenizer.added_tokens_decoder.items():
        name = token.content
        if token.special or (name in template and not name.isspace()):
            found[number] = name
    return found


def _spelled(
    tokenizer: Any, names: dict[int, str], text: str, found: Any
) -> list[tuple[int, Place]]:
    """List tokens and places; a control token's name is spelled in two parts.

    A unigram vocabulary has the names among its pieces, and takes them for one.
    """
    model = tokenizer.backend_tokenizer.model
    pairs: list[tuple[int, Place]] = []
    for number, place in zip(found.ids, found.offsets, strict=True):
        name = names.get(number)
        if name is None or (number == tokenizer.unk_token_id and text[slice(*place)] != name):
            pairs.append((number, place))
            continue
        pieces = [*model.tokenize(name[:1]), *(model.tokenize(name[1:]) if name[1:] else ())]
        pairs += [(piece.id, place) for piece in pieces]
    return pairs


def _whole(text: str, places: list[Place]) -> list[Place]:
    """Widen places to whole graphemes."""
    if text.isascii() and "\r" not in text:
        return places
    first, last = list(range(len(text) + 1)), list(range(len(text) + 1))
    for match in regex.finditer(r"\X", text):
        low, high = match.span()
        first[low:high] = [low] * (high - low)
        last[low + 1 : high + 1] = [high] * (high - low)
    return [(first[low], last[high] if high > low else first[low]) for low, high in places]


def words(tokenizer: Any, lists: Sequence[Sequence[str]]) -> list[list[Ids]]:
    """Encode words one by one, each as it stands behind another word and a space.

    A word of no tokens becomes <unk>, so none is lost.
    """
    unique = sorted({word for each in lists for word in each})
    lead, skip = _lead(tokenizer)
    pieces = [ids[skip:] for ids in tokens(tokenizer, [lead + word for word in unique])]
    known = dict(zip(unique, pieces, strict=True))
    unknown = [tokenizer.unk_token_id if tokenizer.unk_token_id is not None else 0]
    return [[known[word] or unknown for word in each] for each in lists]


def _lead(tokenizer: Any) -> tuple[str, int]:
    """Try out what must precede a word, so that it is encoded as within a text.

    Returns:
        Nothing, where the tokenizer adds a space of its own; or a space; or a word
        and a space; and how many tokens of it are to be dropped.
    """
    whole = tokens(tokenizer, [f"{one} {other}" for one, other in PAIRS])
    alone = tokens(tokenizer, [one for one, _ in PAIRS])

    def fits(lead: str) -> int:
        skip = len(tokens(tokenizer, [lead.strip()])[0])
        led = tokens(tokenizer, [lead + other for _, other in PAIRS])
        return sum(
            each == one + other[skip:] for each, one, other in zip(whole, alone, led, strict=True)
        )

    lead = max(("", " ", "a "), key=fits)
    return lead, len(tokens(tokenizer, [lead.strip()])[0])


def _backend(tokenizer: Any) -> Any:
    """Give a fast tokenizer's inner one, set to read names of special tokens as text."""
    if not getattr(tokenizer, "is_fast", False):
        return None
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True
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


def gap(tokenizer: Any) -> Ids:
    """Give what parts an answer from the text before it: a line break, or a space if need be."""
    bare = _lead(tokenizer)[0] == ""
    return line(tokenizer) or ([] if bare else tokens(tokenizer, [" "])[0])


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
