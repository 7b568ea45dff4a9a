"""From an example to token ids: fields, special tokens, and the places of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import regex

from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task, instruction
from isogloss.core.template import ANSWER
from isogloss.core.types import Example
from isogloss.models.head.cut import ASKED, Ids, Parts, common

Place = tuple[int, int]
MARK = regex.compile(r"<extra_id_\d+>|<mask>")
"""What stands for lost text in texts that the package has noised."""
LOST = "\ufffd"
"""What an incomplete character is decoded as."""
LONGEST = 4
"""Most bytes of a character."""
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
    return [value for _, value in named(task, example, instruction(task, example.lang))]


def named(task: Task, example: Example, lead: str) -> list[tuple[str, str]]:
    """Give an example's fields as names and texts, cues and an instruction before them."""
    if "raw" in example.inputs:
        return [("raw", Marked(example.inputs["raw"]))]
    found: list[tuple[str, str]] = []
    for name in task.fields:
        value = example.inputs.get(name, "")
        if isinstance(value, str):
            found.append((name, value))
        elif name == "options":
            found.extend((name, option) for option in value)
        elif value and isinstance(value[0], Mapping):  # a chat
            found.extend((name, message["content"]) for message in value)
        else:
            found.append((name, " ".join(value)))
    if ANSWER in task.template.cues and not example.reasoning:
        found.append((ANSWER, ""))
    for name, cue in task.template.cues.items():
        place = next((n for n, (known, _) in enumerate(found) if known == name), None)
        if place is not None:
            found[place] = (name, cue + found[place][1])
    if lead:
        name, value = found[0]
        found[0] = (name, f"{led(lead)}{value}")
    return found


def led(lead: str) -> str:
    """Put a space behind an instruction that doesn't end in one, or in a line break."""
    return lead if lead[-1:].isspace() else f"{lead} "


def parted(
    tokenizer: Any, task: Task, examples: Sequence[Example], *, bare: bool = False
) -> list[Parts]:
    """Encode examples' fields, and say what of them is cut last.

    Args:
        bare: leave the instruction out.
    """
    said = ["" if bare else instruction(task, example.lang) for example in examples]
    lists = [named(task, *pair) for pair in zip(examples, said, strict=True)]
    flat = iter(tokens(tokenizer, [each for pairs in lists for _, each in pairs]))
    leads = [[]] * len(lists) if bare else prompts(tokenizer, task, examples)
    found = []
    for pairs, lead in zip(lists, leads, strict=True):
        ids = [next(flat) for _ in pairs]
        asked = [name in ASKED for name, _ in pairs]
        found.append(Parts([each for _, each in pairs], ids, asked, common(lead, ids[0])))
    return found


def prompts(tokenizer: Any, task: Task, examples: Sequence[Example]) -> list[Ids]:
    """Encode the instruction of each example."""
    said = [instruction(task, example.lang) for example in examples]
    unique = [each for each in dict.fromkeys(said) if each]
    known = dict(zip(unique, tokens(tokenizer, unique), strict=True))
    return [known.get(each, []) for each in said]


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
            tokenizer(text, add_special_tokens=False, split_special_tokens=_names(names, text))[
                "input_ids"
            ]
            for text in texts
        ]
    encoded = backend.encode_batch_fast(texts, add_special_tokens=False)
    found = []
    for text, each in zip(texts, encoded, strict=True):
        if _is_misread(tokenizer, names, text, each.ids):
            each = backend.encode(text, add_special_tokens=False)  # with places
            spelled = _spelled(tokenizer, names, text, each)
            found.append([number for number, _ in spelled])
        else:
            found.append(each.ids)
    return found


def _is_misread(tokenizer: Any, names: dict[int, str], text: str, ids: Ids) -> bool:
    """Say whether names of control tokens in a text may have been taken for the tokens."""
    unknown = tokenizer.unk_token_id
    return not (names.keys() - {unknown}).isdisjoint(ids) or names.get(unknown, "\0") in text


def _names(names: dict[int, str], text: str) -> bool:
    """Say whether a text holds the name of a control token."""
    return any(name in text for name in names.values())


def _marked(tokenizer: Any, texts: list[str]) -> list[Ids]:
    """Encode texts with marks; other names of control tokens get a space within."""
    texts = apart(tokenizer, texts)
    found: list[Ids] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return found


def apart(tokenizer: Any, texts: list[str]) -> list[str]:
    """Put a space into the names of control tokens that are no marks."""
    every = control(tokenizer).values()
    names = [name for name in every if len(name) > 1 and not MARK.fullmatch(name)]
    for name in names:
        texts = [text.replace(name, f"{name[:1]} {name[1:]}") for text in texts]
    return texts


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
        found.append(([n for n, _ in spelled], whole(text, [place for _, place in spelled])))
    return found


def places(tokenizer: Any, text: str) -> tuple[str, list[Place]]:
    """Say which characters each token of a text stands for, in the text as it was read.

    A slow tokenizer is asked how it spells its tokens; those that spell a character
    together have one place.
    """
    backend, names = _backend(tokenizer), control(tokenizer)
    marked = isinstance(text, Marked)
    if marked:
        [text] = apart(tokenizer, [text])
    if backend is None:
        split = not marked and _names(names, text)
        return _respelled(tokenizer, tokenizer.tokenize(text, split_special_tokens=split))
    if marked:
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return text, encoded["offset_mapping"]
    found = backend.encode(text, add_special_tokens=False)
    bytes_ = tokenizer.convert_tokens_to_ids("<0x00>") not in (None, tokenizer.unk_token_id)
    if not bytes_ and not _is_misread(tokenizer, names, text, found.ids):
        return text, found.offsets
    return text, [place for _, place in _spelled(tokenizer, names, text, found)]


def _respelled(tokenizer: Any, pieces: list[str]) -> tuple[str, list[Place]]:
    """Join the spellings of tokens; an incomplete character is spelled as nothing."""
    text, found, waiting = "", [], []
    for piece in pieces:
        waiting.append(piece)
        spelled = tokenizer.convert_tokens_to_string(waiting)
        if spelled and LOST not in spelled:
            found += [(len(text), len(text) + len(spelled))] * len(waiting)
            text, waiting = text + spelled, []
    return text, found + [(len(text), len(text) + 1)] * len(waiting)


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
    return list(_by_bytes(text, pairs))


def _by_bytes(text: str, pairs: list[tuple[int, Place]]) -> Iterator[tuple[int, Place]]:
    """Give each byte the place of its character, and not of all that are spelled in bytes."""
    for (low, high), group in groupby(pairs, key=itemgetter(1)):
        run = list(group)
        if high - low > 1 < len(run) == len(text[low:high].encode()):
            own = (low + n for n, char in enumerate(text[low:high]) for _ in char.encode())
            yield from ((number, (n, n + 1)) for (number, _), n in zip(run, own, strict=True))
        else:
            yield from run


def whole(text: str, places: list[Place]) -> list[Place]:
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
    lead, skip = leading(tokenizer)
    pieces = [ids[skip:] for ids in tokens(tokenizer, [lead + word for word in unique])]
    known = dict(zip(unique, pieces, strict=True))
    unknown = [tokenizer.unk_token_id if tokenizer.unk_token_id is not None else 0]
    return [[known[word] or unknown for word in each] for each in lists]


def leading(tokenizer: Any) -> tuple[str, int]:
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


def written(tokenizer: Any, ids: Ids, limit: bool) -> str:
    """Decode an output; of one that a length limit cut, an incomplete last character is dropped.

    Where bytes are tokens of their own, one that lacks others spoils all that stand
    before it in a row.
    """
    text: str = tokenizer.decode(ids, skip_special_tokens=True)
    if not limit or not text.endswith(LOST):
        return text
    shorter = (tokenizer.decode(ids[:-n], skip_special_tokens=True) for n in range(1, LONGEST))
    tried = chain([text.removesuffix(LOST)], shorter)
    return next((each for each in tried if not each.endswith(LOST)), text)


def line(tokenizer: Any) -> Ids:
    """Give the tokens of a line break; none where the vocabulary can't write one."""
    ids = tokens(tokenizer, ["\n"])[0]
    return ids if "\n" in tokenizer.decode(ids) else []


def gap(tokenizer: Any) -> Ids:
    """Give what parts an answer from the text before it: a line break, or a space if need be."""
    bare = leading(tokenizer)[0] == ""
    return line(tokenizer) or ([] if bare else tokens(tokenizer, [" "])[0])


def blank(tokenizer: Any) -> Ids:
    """Give what stands between solved examples: an empty line, or two separators."""
    return tokens(tokenizer, ["\n\n"])[0] if line(tokenizer) else 2 * separator(tokenizer)


def separator(tokenizer: Any) -> Ids:
    """Give what stands between fields: a line break where it is known, else </s>."""
    special = (tokenizer.sep_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id)
    return line(tokenizer) or [next((i for i in special if i is not None), 0)]
