"""Write a model for other programs, and open it again.

What plain transformers or peft can express is in their format. `isogloss.json`
beside it says what it was trained for and how it was asked, so that ``isogloss.load``
opens it as a ``Model``; other programs don't need that file.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from isogloss import plugin
from isogloss.core.addition import Added
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.template import Template
from isogloss.core.types import Example
from isogloss.models.addition import stack
from isogloss.models.addition.strange import check_known
from isogloss.models.decode.limit import Limit, room
from isogloss.models.family import language_code
from isogloss.models.family.backbone import Backbone, backbone, opening, read_json
from isogloss.models.family.module import input_table
from isogloss.models.head import head_for
from isogloss.models.head.classify import named
from isogloss.models.head.pretrained import quiet
from isogloss.models.load import build, read_processors, resize, settle
from isogloss.models.model import Asked, Model

CARD = "isogloss.json"
CHANGED = "changed.safetensors"
FORMAT = 3
READ = (2, FORMAT)
"""Formats that are read; 2 had one addition, under its kind's name in `extras`."""
Form = Literal["whole", "peft", "own"]
"""Full weights for transformers; an adapter for peft; or what isogloss alone opens."""
_PEFT = ("lora_", "modules_to_save", "original_module")
"""Parts of the names that PEFT gives to what it saves itself."""


@dataclass(frozen=True)
class Written:
    """What an export has written, and what opens it."""

    form: Form
    lang: str | None
    """The language that it answers in by itself; None where that is no matter."""
    base: str = ""
    """What peft or isogloss puts it on: a hub id or a folder."""
    revision: str = ""
    """The base's, on the hub."""


def export(
    model: Model,
    folder: Path,
    *,
    lang: str | None = None,
    fit: Fit | None = None,
    generate: Generate | None = None,
    limit: Limit | None = None,
) -> Path:
    """Write a model's folder.

    Args:
        lang: language of the inputs, where the backbone has language tags or the
            prompt has a part for each; None: every one's, chosen when it is asked.
        fit: settings by which inputs are cut.
        generate: settings of generation for plain transformers.
        limit: each language's longest output.

    Returns:
        The folder; ``written`` says what is in it. Full weights in transformers' format;
        or an adapter in peft's; or, for what neither can express,
        `changed.safetensors`, the tensors that differ from the backbone's.

    Raises:
        IsoglossError: it has what can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fit, generate = fit or Fit(), generate or Generate()
    limit = limit or Limit(generate.max_tokens or fit.max_target)
    form = _form(model, lang)
    with quiet():
        for processor in (_tokenizer(model, lang, fit), *model.processors.values()):
            if processor is not None:
                processor.save_pretrained(folder)
        _weights(model, folder, form)
        if model.plain.can_generate():
            _generation(model, lang, generate, limit).save_pretrained(folder)
    asked = {"fit": asdict(fit), "generate": asdict(generate), "limit": asdict(limit)}
    text = json.dumps(_card(model, form) | asked, ensure_ascii=False, indent=1)
    (folder / CARD).write_text(text, encoding="utf-8")
    return folder


def written(folder: Path) -> Written:
    """Say what an export has written into a folder."""
    return Written(**_read(folder)["written"])


def _form(model: Model, lang: str | None) -> Written:
    """Decide in which form a model can be written.

    Raises:
        IsoglossError: in none.
    """
    check_known(model)
    path = model.backbone.path
    base = {"base": model.name, "revision": model.backbone.revision}
    if path is not None:
        base = {"base": str(path.resolve())}
    wrapped = hasattr(model.net, "get_base_model")
    if not wrapped and not model.additions:
        return Written("whole", lang)
    changed = set(_changed(model))
    if _peft(model, lang, changed):
        return Written("peft", lang, **base)
    if _squeezed(model):
        beside = sorted(changed) or [each.name for each in model.additions[:-1]]
        raise IsoglossError(
            f"export can't write {', '.join(beside[:3])}: the backbone is in few bits "
            "and has changed beside its adapter",
            "leave quantize out of the recipe",
        )
    if any(not each.on or plugin.addition(each.kind).open is None for each in model.additions):
        return Written("own", lang, **base)
    if wrapped and not hasattr(model.net, "merge_and_unload"):
        raise IsoglossError(
            f"export can't write {', '.join(sorted(changed)[:3])}: changed beside an addition of "
            "peft's that is no part of the weights",
            "change the network or add to it, not both",
        )
    return Written("whole", lang)


def _peft(model: Model, lang: str | None, changed: Collection[str]) -> bool:
    """Tell whether all that a model is beside its backbone is one addition of peft's."""
    if len(model.additions) != 1 or not model.additions[0].on:
        return False
    (added,) = model.additions
    held = stack.parameters(model, added.name)
    return set(changed) <= held.keys() and plugin.addition(added.kind).peft(model, added.name, lang)


def _squeezed(model: Model) -> bool:
    """Tell whether an addition keeps the backbone in few bits."""
    return any(each.settings.get("quantize") for each in model.additions)


def _weights(model: Model, folder: Path, form: Written) -> None:
    """Write the tensors in the form that was decided on."""
    net: Any = model.net
    wrapped = hasattr(net, "get_base_model")
    if form.form == "whole":
        # What PEFT can't put on the untouched backbone is added to the weights.
        net = copy.deepcopy(net).merge_and_unload() if wrapped else net
        net.save_pretrained(folder)
        if model.task.labels:
            _amend(folder / "config.json", named(model.task))
        return
    kept = [(each.name, plugin.addition(each.kind)) for each in model.additions]
    for name, kind in kept:
        if kind.save is not None and (form.form == "peft" or kind.open is not None):
            kind.save(model, name, folder, form.lang)
            _name_base(folder, form)
    if any(kind.open is None for _, kind in kept):
        from safetensors.torch import save_file

        save_file(_changed(model), folder / CHANGED)


def _name_base(folder: Path, form: Written) -> None:
    """Name the backbone as anybody finds it, and not where this machine has kept it."""
    base = {"base_model_name_or_path": form.base, "revision": form.revision or None}
    _amend(folder / "adapter_config.json", base)


def _amend(path: Path, values: Mapping[str, Any]) -> None:
    """Set some values of a JSON file."""
    text = json.dumps(read_json(path) | dict(values), indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def load(path: str | Path) -> Model:
    """Open a folder that ``export`` wrote; its ``answer`` asks it as the run did.

    Raises:
        IsoglossError: it is none, or its backbone is gone.
    """
    folder = Path(path)
    if not (folder / CARD).is_file():
        raise IsoglossError(
            f"'{path}' is no exported model: it has no {CARD}",
            "write one with `isogloss export RUN DIR`; backbones are opened by a run",
        )
    with opening(f"'{path}'"):
        return opened(folder)


def opened(folder: Path) -> Model:
    """Open what ``export`` wrote."""
    card = _read(folder)
    unknown = {each.kind for each in card["additions"]} - set(plugin.names("addition"))
    _complete(folder, (), unknown)
    task, found = _task(card["task"]), _backbone(card["backbone"])
    if card["written"]["form"] == "whole":
        here = replace(found, path=folder)
        head = head_for(task.kind, found.family)
        net, fresh = head.build(here, task, 0)
        _complete(folder, fresh, _unread(folder, net))
        tokenizer, processors = read_processors(here)
        model = Model(net, tokenizer, head, task, found, processors)
        settle(model)
    else:
        model = build(backbone(_address(found)), task)
        model.backbone = found
        _overlay(model, folder, card)
    limit = Limit(**card["limit"])
    model.asked = Asked(Fit(**card["fit"]), Generate(**card["generate"]), limit)
    model.tags.update(card["tags"])
    model.note.extend(card["note"])
    return model


def _read(folder: Path) -> dict[str, Any]:
    card = read_json(folder / CARD)
    if card.get("format") not in READ:
        raise IsoglossError(
            f"'{folder}' was written by another version of isogloss", "export the run again"
        )
    if "extras" in card:  # format 2
        card["additions"] = [
            {"name": kind, "kind": kind, "settings": settings}
            for kind, settings in card["extras"].items()
            if kind != "start"
        ]
    card["additions"] = [Added(**each) for each in card["additions"]]
    return card


def _complete(folder: Path, missing: Iterable[str], strange: Iterable[str]) -> None:
    """Assert that a folder has what a network takes, and nothing else."""
    for names, what in ((missing, "lacks"), (strange, "has")):
        if named := sorted(names):
            raise IsoglossError(
                f"'{folder}' {what} {', '.join(named[:3])}"
                + (", which nothing here reads" if what == "has" else ""),
                "export the run again, and open it with the version of isogloss that wrote it and "
                "the plug-ins that it had (--plugin FILE)",
            )


def _unread(folder: Path, net: Any) -> set[str]:
    """List the tensors of a whole model that its network doesn't have."""
    from safetensors import safe_open

    names: set[str] = set()
    for path in folder.glob("model*.safetensors"):
        with safe_open(path, "pt") as file:
            names |= set(file.keys())
    return names - set(net.state_dict())


def _overlay(model: Model, folder: Path, card: Mapping[str, Any]) -> None:
    """Put additions and changed tensors on a backbone, in the order of the stack."""
    before = set(model.plain.state_dict())
    here = replace(model.backbone, path=folder)
    model.tokenizer, model.processors = read_processors(here)
    if model.tokenizer is not None:
        resize(model, card["vocabulary"])
    settle(model)
    kinds = [(added, plugin.addition(added.kind)) for added in card["additions"]]
    for added, kind in kinds:
        if kind.open is None:
            stack.attach(model, added)
    if model.additions:
        _put_changed(model, folder, before)
    for added, kind in kinds:
        if kind.open is not None:  # it carries none, so it is the last
            kind.open(model, added.name, added.settings, folder)
            model.additions = (*model.additions, added)
    for added in model.additions:
        stack.switch(model, added.name, added.on)


def _put_changed(model: Model, folder: Path, before: Collection[str]) -> None:
    """Put changed tensors into a network that had those of some names before."""
    from safetensors.torch import load_file

    state = model.plain.state_dict()
    changed = load_file(folder / CHANGED) if (folder / CHANGED).is_file() else {}
    shapes = {name: tensor.shape for name, tensor in state.items()}
    other = {name for name, tensor in changed.items() if shapes.get(name) != tensor.shape}
    filled = {state[name].data_ptr() for name in changed.keys() - other}
    new = state.keys() - before
    _complete(folder, (name for name in new if state[name].data_ptr() not in filled), other)
    with torch.no_grad():
        for name, tensor in changed.items():
            state[name].copy_(tensor)


def _changed(model: Model) -> dict[str, Tensor]:
    """Collect the tensors that the backbone lacks or has otherwise, tied ones once."""
    base, _ = model.head.build(model.backbone, model.task, 0)
    before = base.state_dict()
    # What is kept in few bits has other shapes, and more tensors.
    squeezed = _squeezed(model)
    kept, seen = {}, set()
    for name, tensor in model.plain.state_dict().items():
        bare = stack.bare(name)
        if any(part in name for part in _PEFT) or tensor.data_ptr() in seen:
            continue
        old = before.get(bare)
        if squeezed and (old is None or not tensor.is_floating_point()):
            continue
        if old is None or old.shape != tensor.shape or not torch.equal(old, tensor.cpu()):
            seen.add(tensor.data_ptr())
            kept[bare] = tensor.detach().cpu().contiguous()
    return kept


def _tokenizer(model: Model, lang: str | None, fit: Fit) -> Any:
    """Give a copy of the tokenizer that plain transformers uses as the run did."""
    if model.tokenizer is None:
        return None
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.model_max_length = room(model, fit).source
    tokenizer.padding_side = "left" if model.family.in_line else "right"
    tokenizer.init_kwargs["padding_side"] = tokenizer.padding_side  # saved from there alone
    if lang is not None and language_code.number(model, lang) is not None:
        answered = language_code.answered(model, _item(lang))
        for name, of in (("src_lang", lang), ("tgt_lang", answered)):
            code = spelled(tokenizer, model.tags[of])
            if hasattr(tokenizer, name) and code is not None:
                setattr(tokenizer, name, code)
    return tokenizer


def spelled(tokenizer: Any, tag: str) -> str | None:
    """Spell a tag as a tokenizer takes it; None where it takes its own languages alone."""
    codes = getattr(tokenizer, "lang_code_to_token", None)
    if codes is not None:  # M2M100's: fr for __fr__
        return next((code for code, token in codes.items() if token == tag), None)
    # mBART-50's can't be loaded with another.
    return tag if tag in getattr(tokenizer, "lang_code_to_id", (tag,)) else None


def _item(lang: str) -> Example:
    return Example("", lang, {})


def _generation(model: Model, lang: str | None, generate: Generate, limit: Limit) -> Any:
    """Make the generation settings that plain transformers reads."""
    config = copy.deepcopy(model.plain.generation_config)
    config.num_beams, config.do_sample = generate.beams, generate.sample
    config.length_penalty = generate.length_penalty
    if not model.family.in_line:  # there it would count the prompt as well
        config.no_repeat_ngram_size = generate.no_repeat
        config.repetition_penalty = generate.repetition_penalty
    config.max_new_tokens = limit.default if lang is None else limit.of(lang)
    if generate.sample:
        config.temperature, config.top_p, config.top_k = generate.temperature, generate.top_p, 0
    if lang is not None and language_code.number(model, lang) is not None:
        first, *forced = language_code.start(model, language_code.answered(model, _item(lang)))
        config.decoder_start_token_id = first
        if forced:  # counts as a new token, and not as one of the answer
            config.forced_bos_token_id = forced[0]
            config.max_new_tokens += 1
    return config


def _card(model: Model, form: Written) -> dict[str, Any]:
    task, found = model.task, model.backbone
    return {
        "format": FORMAT,
        "written": asdict(form),
        "task": {
            "name": task.name,
            "version": task.version,
            "kind": task.kind,
            "langs": task.langs,
            "labels": task.labels,
            "fields": task.fields,
            "answers": task.answers,
            "prompt": task.prompt,
            "template": asdict(task.template),
            "metrics": task.metrics,
        },
        "backbone": {
            "name": found.name,
            "path": str(found.path.resolve()) if found.path and _local(found) else None,
            "family": found.family,
            "architecture": found.architecture,
            "revision": found.revision,
            "langs": sorted(found.langs) if found.langs is not None else None,
        },
        "vocabulary": model.tokenizer and input_table(model).num_embeddings,
        "tags": model.tags,
        "note": model.note,
        "additions": [asdict(each) for each in model.additions if form.form != "whole"],
    }


def _local(found: Backbone) -> bool:
    return not plugin.shelved(found.name)


def _task(card: Mapping[str, Any]) -> Task:
    """Rebuild a task without its data; the catalogue's own where it is the same."""
    names = ("langs", "labels", "fields", "metrics")
    values: dict[str, Any] = {
        key: tuple(value) if key in names else value for key, value in card.items()
    }
    template = Template(**values.pop("template", {}))
    return Task(**values, template=template, load=_no_data)


def _no_data(lang: str, split: str, folder: Path | None) -> list[Any]:
    raise IsoglossError("an exported model brings no data", "give examples, or name a task")


def _backbone(card: Mapping[str, Any]) -> Backbone:
    path, langs = card["path"], card["langs"]
    return Backbone(
        **{**card, "path": Path(path) if path else None,
           "langs": frozenset(langs) if langs is not None else None}
    )  # fmt: skip


def _address(found: Backbone) -> str:
    """Name a backbone so that isogloss finds it again, in the same revision."""
    if found.path is not None:
        return str(found.path)
    return found.name if plugin.shelved(found.name) else f"{found.name}@{found.revision}"
