"""Write the Python that uses an exported model, without this package where that can be.

The code reads and asks as the head does, by the run's own settings, so that it
answers as ``isogloss predict`` does. Inputs that are too long are cut at the end,
by tokens alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from isogloss.core.template import Template
from isogloss.core.types import Example
from isogloss.models.decode.limit import room
from isogloss.models.family import language_code
from isogloss.models.head import text
from isogloss.models.head.cut import FLOOR
from isogloss.models.head.seq import Source
from isogloss.models.model import Asked, Model
from isogloss.models.save import Written

BLOCKS = (
    "words", "tags_tokens", "windows", "spans", "pooled", "options", "chosen", "embeds", "writes",
    "scores",
)  # fmt: skip
"""Parts of the template that heads ask for."""


def snippet(model: Model, written: Written, asked: Asked, langs: Sequence[str]) -> str:
    """Write a function ``answer`` for an export, with what it needs.

    Args:
        asked: how the run asked the model.
        langs: the languages that it may be asked in.

    Returns:
        Python that runs in the export's folder.
    """
    model = replace(model, task=model.head.asked(model.task))
    task, encoder = model.task, not model.family.writes
    # What a template says is read by this package alone.
    plain = written.form != "own" and task.template == Template()
    alone = plain and model.head.snippet
    values: dict[str, Any] = {
        "form": written.form if alone else "own",
        "kind": task.kind,
        "fields": task.fields,
        "auto": model.head.auto(),
        "base": json.dumps(written.base)
        + (f', revision="{written.revision}"' if written.revision else ""),
        "settings": "".join(f", {k}={v!r}" for k, v in model.head.settings(task).items()),
        "labels": json.dumps(task.labels, ensure_ascii=False) if task.labels else "",
        "single": "embeds" in model.head.snippet or task.fields == task.fields[:1],
        "texts": _texts(model),
        **dict.fromkeys(("tagged", "limits", "lang", "says", "start"), ""),
    }
    if plain and not alone:
        opened = _opened(model, written, values["base"])
        if code := model.head.code(model, opened, asked.fit):
            return code
    if alone:
        values |= {name: name in model.head.snippet for name in BLOCKS} | _tokens(model, asked)
        values |= {} if encoder else _answers(model, asked, langs)
    return f"{_template().render(values)}\n"


def _opened(model: Model, written: Written, base: str) -> str:
    """Write the lines that open an export."""
    auto = model.head.auto()
    if written.form == "whole":
        network = f"model = {auto}.from_pretrained(folder, dtype=torch.float32).eval()"
    else:
        settings = "".join(f", {k}={v!r}" for k, v in model.head.settings(model.task).items())
        network = (
            f"base = {auto}.from_pretrained({base}{settings}, dtype=torch.float32)\n"
            "model = PeftModel.from_pretrained(base, folder).eval()"
        )
    imports = "from peft import PeftModel\n" if written.form == "peft" else ""
    return (
        f"import torch\n{imports}from transformers import {auto}\n\n"
        f'folder = "."  # this folder, or its name on the hub\n{network}\n'
    )


def call(model: Model, lang: str, speaks: bool) -> str:
    """Write a call of ``answer`` with text that stands for the user's."""
    shown = {"words": '["your", "words"]', "options": '["one option", "another"]'}
    fields = model.head.asked(model.task).fields
    given = [shown.get(name, f'"your {name}"') for name in fields]
    more = f', lang="{lang}"' if speaks else ""
    return f"print(answer({', '.join(given)}{more}))"


def _names(model: Model) -> list[str]:
    """Write the fields' texts, with the prompt before the first."""
    task = model.task
    names = [name for name in task.fields if name != "options"]
    if task.prompt and "words" not in model.head.snippet:
        names[0] = f"{json.dumps(f'{task.prompt} ', ensure_ascii=False)} + {names[0]}"
    return names


def _texts(model: Model) -> str:
    """Write the arguments of ``read``, or of ``embed``."""
    names, blocks = _names(model), model.head.snippet
    joined = ' + " " + '.join(names)
    if "embeds" in blocks:
        return joined
    return ", ".join(f"tokens({each})" for each in ([joined] if "chosen" in blocks else names))


def _tokens(model: Model, asked: Asked) -> dict[str, Any]:
    """Give what stands around the texts, and how long they may get."""
    tokenizer, frame = model.tokenizer, text.frame(model.tokenizer)
    lang = next(iter(model.tags), "en")
    if not model.family.writes or (
        "embeds" in model.head.snippet and not language_code.tagged(model)
    ):
        prefix, between, suffix = frame.prefix, frame.middle, frame.suffix
        most = room(model, asked.fit).source - frame.extra(second=False)
    else:
        source = Source(model, asked.fit)
        ids = source.ids([[-1], [-2]], Example("", lang, {}))
        one, two = ids.index(-1), ids.index(-2)
        prefix, between, suffix = ids[:one], ids[one + 1 : two], ids[two + 1 :]
        most = source.space(1)
    [prompt] = text.prompts(tokenizer, model.task, [Example("", lang, {})])
    tag = _tag(model)
    (word,) = text.words(tokenizer, [["ship"]])[0]
    return {
        "prefix": _spelled(prefix, tag),
        "between": between,
        "ahead_of": f"{_spelled(prefix, tag)} + " if prefix else "",
        "suffix": f" + {_spelled(suffix, tag)}" if suffix else "",
        "room": most,
        "ahead": prompt if model.family.writes else [],
        "lead_size": len(prompt),
        "floor": FLOOR,
        "lead": "" if word == text.tokens(tokenizer, ["ship"])[0] else '" " + ',
        "unknown": tokenizer.unk_token_id if tokenizer.unk_token_id is not None else 0,
        "typed": frame.typed and len(model.task.fields) > 1,
        "asked": ' + " " + '.join(_names(model)[:-1]),
        "longest": asked.generate.max_tokens or asked.fit.max_target,
        "stride": asked.fit.stride,
        "reader": ".get_encoder()" if model.family.reader(model.plain) is not model.plain else "",
    }


def _answers(model: Model, asked: Asked, langs: Sequence[str]) -> dict[str, Any]:
    """Give how a text-to-text model is asked in each language."""
    limit, spoken = asked.limit, {lang: model.tags[lang] for lang in langs if lang in model.tags}
    limits = {lang: limit.of(lang) for lang in langs} if limit else {}
    same = len(set(limits.values())) < 2 or asked.generate.max_tokens
    default = asked.generate.max_tokens or (limit.default if limit else asked.fit.max_target)
    default = next(iter(limits.values()), default) if same else default
    speaks = bool(spoken) or (not same and "writes" in model.head.snippet)
    return {
        "tagged": json.dumps(spoken, ensure_ascii=False) if spoken else "",
        "limits": "" if same else json.dumps(limits),
        "most": default if same else f"limits.get(lang, {default})",
        "lang": ", lang" if speaks else "",
        "says": ", lang=lang" if speaks else "",
        "start": _start(model, spoken),
        "target": asked.fit.max_target - 1,
        "end": model.tokenizer.eos_token_id,
        "halves": _halves(model),
    }


def _halves(model: Model) -> bool:
    """Say whether an output may end within a character, as in a vocabulary of bytes."""
    (ids,) = text.tokens(model.tokenizer, ["\U0001f9ff"])
    return text.LOST in model.tokenizer.decode(ids[:1])


def _start(model: Model, spoken: dict[str, str]) -> list[str]:
    """Write the decoder's first ids; empty for decoders."""
    if model.family.in_line:
        return []
    starts = {
        lang: language_code.start(model, language_code.answered(model, Example("", lang, {})))
        for lang in spoken or ["en"]
    }
    lang, start = next(iter(starts.items()))
    several = len({tuple(each) for each in starts.values()}) > 1
    return _words(start, language_code.number(model, lang) if several else None)


def _tag(model: Model) -> int | None:
    lang = next(iter(model.tags), None)
    return None if lang is None else language_code.number(model, lang)


def _spelled(ids: Sequence[int], tag: int | None) -> str:
    """Write ids as a list."""
    return f"[{', '.join(_words(ids, tag))}]"


def _words(ids: Sequence[int], tag: int | None) -> list[str]:
    """Write ids, the language's tag by its name."""
    return ["tag" if i == tag else str(i) for i in ids]


@cache
def _template() -> Any:
    import jinja2

    path = Path(__file__).with_suffix(".jinja")
    return jinja2.Template(path.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined)
