"""Build a model from a backbone and a task, and open exported ones."""

from __future__ import annotations

import logging
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.input import TEXT
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.models.family import language_code
from isogloss.models.family.backbone import T5, Backbone, backbone, fetch, opening
from isogloss.models.family.module import input_table
from isogloss.models.head import head_for, text
from isogloss.models.head.pretrained import quiet
from isogloss.models.model import Model

log = logging.getLogger("isogloss")
PRECISIONS = ("auto", "fp32", "bf16")


def build(
    name: str | Backbone,
    task: Task,
    *,
    fit: Fit | None = None,
    seed: int = 0,
    machine: Machine | None = None,
    trust: bool = False,
) -> Model:
    """Load a backbone for a task, with 32-bit weights.

    Args:
        name: a mini model, a folder, or a hub id `name[@revision]`.
        seed: new weights, such as an encoder's head, follow from it.
        trust: run code that the checkpoint brings.

    Raises:
        IsoglossError: no such backbone, nothing to do this kind of task with, or
            a precision that the backbone can't stand.
    """
    found = name if isinstance(name, Backbone) else backbone(name)
    _precise(found, machine or Machine())
    head = head_for(task.kind, found.family)
    with opening(found.name):
        tokenizer, processors = read_processors(found, trust=trust)
        net, fresh = head.build(found, task, seed, trust=trust)
        model = Model(net, tokenizer, head, task, found, processors, fresh=fresh)
        settle(model)
    return model


def settle(model: Model) -> None:
    """Leave nothing to the checkpoint that the run's settings say.

    Raises:
        IsoglossError: the tokenizer is not that of the network, or lacks an end.
    """
    net, tokenizer = model.plain, model.tokenizer
    if tokenizer is None:
        return
    _fits(model)
    _complete(model)
    if net.config.get_text_config().pad_token_id is None:
        net.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    if net.can_generate():
        import transformers

        # Released checkpoints bring beams, penalties and lengths of their own.
        made: Any = transformers.GenerationConfig
        net.generation_config = made(
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            decoder_start_token_id=getattr(net.config, "decoder_start_token_id", None),
        )
    langs = {*model.task.langs, *([model.task.answers] if model.task.answers != "same" else [])}
    language_code.fill(model, sorted(langs))


def resize(model: Model, size: int) -> None:
    """Give the network rows for so many tokens, the old ones untouched."""
    if input_table(model).num_embeddings != size:
        with quiet():
            model.plain.resize_token_embeddings(size, mean_resizing=False)


def _fits(model: Model) -> None:
    """Refuse a tokenizer whose tokens have no rows in the embedding table."""
    tokenizer = model.tokenizer
    if getattr(model.plain.config, "type_vocab_size", 2) < 2:  # both texts are of one type
        names = tokenizer.model_input_names
        tokenizer.model_input_names = [name for name in names if name != "token_type_ids"]
    count = max(tokenizer.get_vocab().values(), default=-1) + 1
    rows = input_table(model).num_embeddings
    if count > rows:
        raise IsoglossError(
            f"the tokenizer of {model.name} has {count} tokens, and the network rows for {rows}",
            "take the tokenizer that it was trained with, or give it rows: "
            f"model.resize_token_embeddings({count}), and save it again",
        )


def _complete(model: Model) -> None:
    """Give a tokenizer without padding or end another control token for it.

    Padding is masked, so any will do; an end must be one that can't stand in a text.
    """
    tokenizer, config = model.tokenizer, model.plain.config.get_text_config()
    control = text.control(tokenizer)

    def first(*choices: Any) -> str | None:
        ids = (choice[0] if isinstance(choice, list) else choice for choice in choices)
        return next((control[number] for number in ids if number in control), None)

    writes = model.head.peft is not None and model.family.writes
    named = getattr(config, "decoder_start_token_id", None) is not None
    starts = named or language_code.bare(model)  # mBART-25 starts from the tag
    if writes and not model.family.in_line and not starts:
        raise IsoglossError(
            f"{model.name} does not say what its outputs start from",
            "set decoder_start_token_id in its config.json: T5 starts from its padding, mBART and "
            "NLLB from </s>",
        )
    if tokenizer.eos_token_id is None and (writes or language_code.tagged(model)):
        end = first(getattr(config, "eos_token_id", None), tokenizer.sep_token_id)
        if end is None:
            raise IsoglossError(
                f"the tokenizer of {model.name} has no token that ends a text",
                "name one of its special tokens: tokenizer.eos_token = '</s>', and save it again",
            )
        log.warning("%s has no eos_token; %s ends its answers", model.name, end)
        tokenizer.eos_token = end
    if tokenizer.pad_token_id is None:
        names = ("eos", "unk", "sep", "bos", "cls")
        ids = [getattr(tokenizer, f"{name}_token_id") for name in names]
        filler = first(*ids, config.pad_token_id)
        if filler is None:
            raise IsoglossError(
                f"the tokenizer of {model.name} has no special token that could pad texts",
                "name one: tokenizer.pad_token = '<pad>', and save it with a network that has it",
            )
        log.info("%s has no pad_token; %s pads its inputs", model.name, filler)
        tokenizer.pad_token = filler


def read_processors(found: Backbone, *, trust: bool = False) -> tuple[Any, dict[str, Any]]:
    """Load what turns a backbone's inputs into arrays.

    Returns:
        The tokenizer, or None where it reads no text; and the others by their inputs' names.
    """
    import transformers

    tokenizer, others = None, {}
    for read in map(plugin.input, plugin.family(found.family).reads):
        read.check()
        if read.name == TEXT:
            tokenizer = read_tokenizer(found, trust=trust)
            continue
        with quiet(), opening(f"the processor of {read.name}s of {found.name}"):
            auto = getattr(transformers, read.auto)
            folder = fetch(found, trust=trust)
            others[read.name] = auto.from_pretrained(folder, trust_remote_code=trust)
    return tokenizer, others


def read_tokenizer(found: Backbone, *, trust: bool = False) -> Any:
    """Load a backbone's tokenizer."""
    from transformers import AutoTokenizer

    with quiet(), opening(f"the tokenizer of {found.name}"):
        folder = fetch(found, trust=trust)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust)
    if len(tokenizer) - len(tokenizer.all_special_tokens) < 2:
        # Without its vocabulary's file, transformers makes one of the special tokens alone.
        raise IsoglossError(
            f"the tokenizer of {found.name} has no vocabulary but its special tokens",
            "save it again, whole: tokenizer.save_pretrained(folder)",
        )
    return tokenizer


def _precise(found: Backbone, machine: Machine) -> None:
    """Refuse a precision that loses the model."""
    if machine.precision in PRECISIONS:
        return
    if found.architecture in T5 and machine.precision in ("fp16", "float16", "half"):
        raise IsoglossError(
            f"{found.name} overflows in fp16: T5's states grow beyond its range",
            "use precision bf16, or fp32 where the device has no bf16",
        )
    raise IsoglossError(
        f"precision '{machine.precision}' is not supported", "use auto, fp32 or bf16"
    )
