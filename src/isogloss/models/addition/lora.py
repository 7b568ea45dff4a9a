"""Low-rank additions to linear layers, through PEFT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.addition import Addition
from isogloss.models.addition.linear import linear, quantize
from isogloss.models.family.module import heads

if TYPE_CHECKING:
    from isogloss.models.model import Model


def attach(model: Model, settings: Mapping[str, Any]) -> None:
    """Wrap the network by PEFT, in place; the outputs don't change yet.

    Args:
        model: whose network.
        settings: those of the method `lora`.
    """
    from peft import LoraConfig, get_peft_model

    targets = linear(model, settings["targets"])
    if settings["quantize"]:
        quantize(model, settings["quantize"])
    config = LoraConfig(
        r=settings["r"],
        lora_alpha=settings["alpha"],
        lora_dropout=settings["dropout"],
        target_modules=targets,
        modules_to_save=sorted(heads(model.net, model.family)) or None,
        task_type=model.head.peft,
    )
    model.net = get_peft_model(model.net, config)


def open_(model: Model, settings: Mapping[str, Any], folder: Path) -> None:
    """Put what PEFT wrote around the network."""
    from peft import PeftModel

    if settings.get("quantize"):
        quantize(model, settings["quantize"])
    model.net = PeftModel.from_pretrained(model.net, folder)


def _parameters(model: Model) -> dict[str, Any]:
    found = model.plain.named_parameters()
    return {path: p for path, p in found if "lora_" in path or ".modules_to_save." in path}


def _switch(model: Model, on: bool) -> None:
    net: Any = model.net
    (net.enable_adapter_layers if on else net.disable_adapter_layers)()


ADDITION = Addition(
    attach=lambda model, _, settings: attach(model, settings),
    parameters=lambda model, _: _parameters(model),
    switch=lambda model, _, on: _switch(model, on),
    carries=False,
    peft=lambda *_: True,
    save=lambda model, _, folder, __: model.net.save_pretrained(
        folder, save_embedding_layers=False
    ),
    open=lambda model, _, settings, folder: open_(model, settings, folder),
)
