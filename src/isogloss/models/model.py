"""A network with its tokenizer, its head and the task it serves."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from isogloss import plugin
from isogloss.core.addition import Added
from isogloss.core.errors import IsoglossError
from isogloss.core.family import Family
from isogloss.core.input import held
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.family.backbone import Backbone

if TYPE_CHECKING:
    from isogloss.models.decode.limit import Limit
    from isogloss.models.head.head import Head


@dataclass(frozen=True)
class Asked:
    """How a run asked its model."""

    fit: Fit = field(default_factory=Fit)
    generate: Generate = field(default_factory=Generate)
    limit: Limit | None = None


@dataclass
class Model:
    """What the loops train and ask; methods change or replace its parts."""

    net: nn.Module
    """A network of transformers, or its PEFT wrapping."""
    tokenizer: Any
    """None where the family reads no text."""
    head: Head
    task: Task
    backbone: Backbone
    processors: dict[str, Any] = field(default_factory=dict)
    """Input's name -> what turns it into arrays, for all that the family reads but text."""
    tags: dict[str, str] = field(default_factory=dict)
    """Language -> the backbone's tag for it; empty where the backbone has no tags."""
    note: list[str] = field(default_factory=list)
    """Marks that go to the rows, such as `tag eu like es`."""
    fresh: tuple[str, ...] = ()
    """Modules whose weights are new and not pretrained: an encoder's head."""
    additions: tuple[Added, ...] = ()
    """What was put into or around the network, in order; see ``models.addition.stack``."""
    extras: dict[str, Any] = field(default_factory=dict)
    """What methods keep here."""
    asked: Asked = field(default_factory=Asked)
    """How ``answer`` asks it."""

    @property
    def name(self) -> str:
        """Give the backbone's name."""
        return self.backbone.name

    @property
    def family(self) -> Family:
        """Give the backbone's family."""
        return plugin.family(self.backbone.family)

    @property
    def plain(self) -> Any:
        """Give the network without its PEFT wrapping."""
        net: Any = self.net
        return net.get_base_model() if hasattr(net, "get_base_model") else net

    @property
    def device(self) -> torch.device:
        """Give the device that the weights are on."""
        return next(self.net.parameters()).device

    @property
    def trained(self) -> int:
        """Count the parameters that training changes."""
        return sum(p.numel() for p in self.net.parameters() if p.requires_grad)

    @property
    def size(self) -> int:
        """Count all parameters."""
        return sum(p.numel() for p in self.net.parameters())

    def answer(self, inputs: Sequence[Mapping[str, Any]], lang: str) -> list[Prediction]:
        """Answer inputs in one language, as the run did that it comes from.

        Args:
            inputs: the task's fields by name, such as `{"text": "..."}`.
            lang: their language, in any spelling.

        Raises:
            IsoglossError: an input lacks a field, or the backbone the language.
        """
        from isogloss.language.registry import canonical
        from isogloss.models.decode.predict import predict

        for each in inputs:
            missing = [name for name in self.task.fields if name not in each]
            if missing:
                raise IsoglossError(
                    f"an input lacks '{missing[0]}'", f"give {', '.join(self.task.fields)}"
                )
        return predict(
            self,
            [
                Example(
                    str(n),
                    canonical(lang),
                    {**each, **held(plugin.kind(self.task.kind), each, Path(), f"input {n}")},
                )
                for n, each in enumerate(inputs)
            ],
            fit=self.asked.fit,
            generate=self.asked.generate,
            machine=Machine(progress=False),
            limit=self.asked.limit,
        )

    def copy(self) -> Model:
        """Copy the weights, so that changing the copy leaves this one alone."""
        return replace(
            self,
            net=copy.deepcopy(self.net),
            tags=dict(self.tags),
            note=list(self.note),
            extras=dict(self.extras),
        )
