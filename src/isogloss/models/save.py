"""Write a model for other programs, and open it again.

What plain transformers or peft can express is in their format. `isogloss.json`
beside it says what it was trained for, so that ``isogloss.load`` opens it as a
``Model``; other programs don't need that file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Generate
from isogloss.core.task import Task
from isogloss.models import tags
from isogloss.models.backbone import Backbone, backbone, read_json
from isogloss.models.head import head_for
from isogloss.models.head.pretrained import quiet
from isogloss.models.load import build, read_tokenizer, settle
from isogloss.models.model import Model

CARD = "isogloss.json"
CHANGED = "changed.safetensors"
FORMAT = 1
OWN = ("adapter", "prompt")
"""Keys of ``Model.extras`` under which our own additions leave their settings."""
_PEFT = ("lora_", "modules_to_save", "original_module")
"""Parts of the names that PEFT gives to what it saves itself."""


def export(
    model: Model, folder: Path, *, lang: str | None = None, generate: Generate | None = None
) -> Path:
    """Write a model's folder.

    Args:
        lang: language of the answers that plain transformers will give, where the
            backbone has language tags; None: the first that it has a tag for.
        generate: settings of generation for plain transformers.

    Returns:
        The folder. Full weights in transformers' format; or an adapter in peft's; or,
        for what neither can express, `changed.safetensors`, the tensors that differ
        from the backbone's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tags.speaking(model, lang or next(iter(model.tags), None)), quiet():
        _generation(model, generate or Generate())
        model.tokenizer.save_pretrained(folder)
        wrapped = hasattr(model.net, "get_base_model")
        own = any(key in model.extras for key in OWN)
        if wrapped or not own:
            net: Any = model.net
            # PEFT would save embeddings that have grown; they are in CHANGED.
            net.save_pretrained(folder, **({"save_embedding_layers": False} if wrapped else {}))
    if "prompt" in model.extras:
        from isogloss.models import prompt

        prompt.save(model, folder, lang)
    # A base in 8 or 4 bits is the backbone, whatever its tensors look like.
    quantized = model.extras.get("lora", {}).get("quantize")
    changed = _changed(model) if (wrapped or own) and not quantized else {}
    if changed:
        from safetensors.torch import save_file

        save_file(changed, folder / CHANGED)
    text = json.dumps(_card(model), ensure_ascii=False, indent=1)
    (folder / CARD).write_text(text, encoding="utf-8")
    return folder


def opened(folder: Path) -> Model:
    """Open what ``export`` wrote."""
    card = read_json(folder / CARD)
    if card.get("format") != FORMAT:
        raise IsoglossError(
            f"'{folder}' was written by another version of isogloss", "export the run again"
        )
    task, found = _task(card["task"]), _backbone(card["backbone"])
    if (folder / "config.json").is_file():
        here = replace(found, path=folder)
        head = head_for(task.kind, found.family)
        net, _ = head.build(here, task, 0)
        model = Model(net, read_tokenizer(here), head, task, found)
        settle(model)
    else:
        model = build(backbone(_address(found)), task)
        model.backbone = found
        _overlay(model, folder, card)
    model.tags.update(card["tags"])
    model.note.extend(card["note"])
    model.extras.update(card["extras"])
    return model


def _overlay(model: Model, folder: Path, card: Mapping[str, Any]) -> None:
    """Put adapters and changed tensors on a backbone."""
    model.tokenizer = read_tokenizer(replace(model.backbone, path=folder))
    settle(model)
    resize(model, card["vocabulary"])
    if "adapter" in card["extras"]:
        from isogloss.models import adapter

        adapter.attach(model.net, **card["extras"]["adapter"])
    if "prompt" in card["extras"]:
        from isogloss.models import prompt

        prompt.attach(model, **card["extras"]["prompt"])
    elif (folder / "adapter_config.json").is_file():
        from peft import PeftModel

        model.net = PeftModel.from_pretrained(model.net, folder)
    if (folder / CHANGED).is_file():
        from safetensors.torch import load_file

        state = model.plain.state_dict()
        names = {_bare(name): name for name in state}
        with torch.no_grad():
            for name, tensor in load_file(folder / CHANGED).items():
                state[names[name]].copy_(tensor)


def resize(model: Model, size: int) -> None:
    """Give the network rows for so many tokens, the old ones untouched."""
    net = model.plain
    if net.get_input_embeddings().num_embeddings != size:
        with quiet():
            net.resize_token_embeddings(size, mean_resizing=False)


def _changed(model: Model) -> dict[str, Tensor]:
    """Collect the tensors that the backbone lacks or has otherwise, tied ones once."""
    base, _ = model.head.build(model.backbone, model.task, 0)
    before = base.state_dict()
    kept, seen = {}, set()
    for name, tensor in model.plain.state_dict().items():
        bare = _bare(name)
        if any(part in name for part in _PEFT) or tensor.data_ptr() in seen:
            continue
        old = before.get(bare)
        if old is None or old.shape != tensor.shape or not torch.equal(old, tensor.cpu()):
            seen.add(tensor.data_ptr())
            kept[bare] = tensor.detach().cpu().contiguous()
    return kept


def _bare(name: str) -> str:
    """Spell a tensor's name as without PEFT."""
    return name.replace(".base_layer.", ".")


def _generation(model: Model, generate: Generate) -> None:
    """Write generation settings where plain transformers reads them."""
    net = model.plain
    if not net.can_generate():
        return
    config = net.generation_config
    config.num_beams, config.do_sample = generate.beams, generate.sample
    config.length_penalty = generate.length_penalty
    if model.family != "decoder":  # there it would count the prompt as well
        config.no_repeat_ngram_size = generate.no_repeat
        config.repetition_penalty = generate.repetition_penalty
    config.max_new_tokens = generate.max_tokens or 256
    if generate.sample:
        config.temperature, config.top_p = generate.temperature, generate.top_p


def _card(model: Model) -> dict[str, Any]:
    task, found = model.task, model.backbone
    return {
        "format": FORMAT,
        "task": {
            "name": task.name,
            "version": task.version,
            "kind": task.kind,
            "langs": task.langs,
            "labels": task.labels,
            "fields": task.fields,
            "answers": task.answers,
            "prompt": task.prompt,
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
        "vocabulary": model.plain.get_input_embeddings().num_embeddings,
        "tags": model.tags,
        "note": model.note,
        "extras": {key: model.extras[key] for key in (*OWN, "lora") if key in model.extras},
    }


def _local(found: Backbone) -> bool:
    return not found.name.startswith("mini/")


def _task(card: Mapping[str, Any]) -> Task:
    """Rebuild a task without its data; the catalogue's own where it is the same."""
    names = ("langs", "labels", "fields", "metrics")
    values: dict[str, Any] = {
        key: tuple(value) if key in names else value for key, value in card.items()
    }
    return Task(**values, load=_no_data)


def _no_data(lang: str, split: str, folder: Path | None) -> list[Any]:
    raise IsoglossError("an exported model brings no data", "give examples, or name a task")


def _backbone(card: Mapping[str, Any]) -> Backbone:
    path, langs = card["path"], card["langs"]
    return Backbone(
        **{**card, "path": Path(path) if path else None,
           "langs": frozenset(langs) if langs is not None else None}
    )  # fmt: skip


def _address(found: Backbone) -> str:
    """Name a backbone so that it is found again, in the same revision."""
    if found.path is not None:
        return str(found.path)
    return found.name if found.name.startswith("mini/") else f"{found.name}@{found.revision}"
