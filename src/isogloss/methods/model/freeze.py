"""Freeze named parts of the network and train the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.input import ANY
from isogloss.core.method import Context, Method
from isogloss.core.run import Run
from isogloss.mini.bench import VERBALISE

if TYPE_CHECKING:
    from isogloss.models.model import Model


@dataclass(frozen=True)
class Freeze(Method):
    """Freeze named parts of the network and train the rest.

    Parts: embeddings (the layer that writes words among them), encoder, decoder,
    self_attention, cross_attention, queries_keys, feed_forward, layer_norms,
    biases, head; joined by a dot they overlap. Dual encoders have a text_tower and an
    image_tower; embeddings are also what cuts pictures into patches and hears samples.
    Published cures for answers in the wrong language train ever less:
    freeze(but=['encoder']), which is the same as freeze(what=['embeddings', 'decoder']);
    freeze(but=['encoder.self_attention', 'cross_attention', 'layer_norms']);
    freeze(but=['encoder.self_attention.queries_keys', 'cross_attention.queries_keys']).
    BitFit is freeze(but=['biases']); T5 has none, take freeze(but=['layer_norms']).
    """

    what: tuple[str, ...] = ()
    """Parts to freeze; empty: all but those in `but` and an encoder's new head."""
    but: tuple[str, ...] = ()
    """Parts that are trained even where they lie in a frozen one."""

    inputs = ANY
    version = "2"
    cite = (
        "Chirkova & Nikoulina 2024, 2402.12279; Maurya et al. 2021, ZmBART, ACL Findings; "
        "Ben Zaken et al. 2022, 2106.10199"
    )
    claim = "A frozen decoder with frozen embeddings answers in the right language"
    claims = (
        Claim(
            "A frozen decoder with frozen embeddings keeps the language better than "
            "full finetuning",
            "2402.12279",
            VERBALISE,
            {
                "higher": {"recipe": "freeze(what=['embeddings', 'decoder'])"},
                "than": {"recipe": ""},
                "metric": "correct_language",
            },
        ),
    )
    example = "freeze(what=['embeddings'])"

    def check(self, run: Run) -> None:
        """Refuse names of no part, and to freeze all there is."""
        from isogloss.models.family.module import known

        for word in (word for part in (*self.what, *self.but) for word in part.split(".")):
            if word not in known():
                raise unknown("part of a network:", word, known())
        if not (self.what or self.but):
            raise IsoglossError("freeze() freezes everything", f"name parts: {', '.join(known())}")

    def model(self, model: Model, ctx: Context) -> Any:
        """Freeze what is named."""
        from isogloss.models.family.module import parts, select

        kept = select(model.net, model.family, self.but)
        if self.what:
            frozen = select(model.net, model.family, self.what) - kept
        else:
            fresh = [] if model.family.writes else parts(model.net, model.family)["head"]
            frozen = {name for name, _ in model.net.named_parameters()} - kept - set(fresh)
        for name, parameter in model.net.named_parameters():
            parameter.requires_grad = parameter.requires_grad and name not in frozen
        if not frozen or not model.trained or not (self.what or self.but):
            there = [part for part, names in parts(model.net, model.family).items() if names]
            what = "nothing" if not frozen else "everything"
            hint = f"parts of {model.name}: {', '.join(there)}"
            raise IsoglossError(f"freeze freezes {what} of {model.name}", hint)
        return model
