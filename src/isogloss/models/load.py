"""Build a model from a backbone and a task, and open exported ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.models import tags
from isogloss.models.backbone import T5, Backbone, backbone, fetch
from isogloss.models.head import head_for
from isogloss.models.head.pretrained import quiet
from isogloss.models.model import Model

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
    tokenizer = read_tokenizer(found, trust=trust)
    net, fresh = head.build(found, task, seed, trust=trust)
    model = Model(net, tokenizer, head, task, found, fresh=fresh)
    settle(model)
    return model


def settle(model: Model) -> None:
    """Leave nothing to the checkpoint that the run's settings say."""
    net, tokenizer = model.plain, model.tokenizer
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
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
    tags.fill(model, sorted(langs))


def read_tokenizer(found: Backbone, *, trust: bool = False) -> Any:
    """Load a backbone's tokenizer."""
    from transformers import AutoTokenizer

    with quiet():
        try:
            return AutoTokenizer.from_pretrained(fetch(found, trust=trust), trust_remote_code=trust)
        except (OSError, ValueError, ImportError) as error:
            raise IsoglossError(
                f"the tokenizer of {found.name} can't be loaded: {error}",
                "save it again: tokenizer.save_pretrained(folder)",
            ) from error


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


def load(path: str | Path) -> Model:
    """Open a folder that ``export`` wrote; its ``answer`` asks it as the run did.

    Raises:
        IsoglossError: it is none, or its backbone is gone.
    """
    from isogloss.models import save

    folder = Path(path)
    if not (folder / save.CARD).is_file():
        raise IsoglossError(
            f"'{path}' is no exported model: it has no {save.CARD}",
            "write one with `isogloss export RUN DIR`; backbones are opened by a run",
        )
    return save.opened(folder)
