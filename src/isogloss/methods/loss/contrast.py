"""Draw translations together, and apart from other sentences."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.field import Count, Langs, Number, Range, Rate
from isogloss.core.method import Context, Loss, Method
from isogloss.core.run import Run
from isogloss.core.types import Example

if TYPE_CHECKING:
    from isogloss.models.model import Model

NOBODY = -1
"""Owner of places in the queue that are not filled yet."""


@dataclass(frozen=True)
class Contrast(Method):
    """Draw translations together, and apart from other sentences.

    Beside the task, each update sees sentence pairs of a source and another
    language. A sentence's vector, the mean of its states through a trained
    projection, is to be nearer to its translation's than to those of other
    sentences (InfoNCE): of the pairs of the update, or of a queue of earlier
    ones. With a queue the update may be split into micro-batches.
    """

    langs: Langs
    """Languages of the translations."""
    weight: Rate = 0.1
    """Weight beside the task's loss."""
    pairs: Annotated[int, Range(least=2)] = 16
    """Sentence pairs an update."""
    queue: Number = 0
    """Vectors of earlier updates that are remembered; 0 compares within the update."""
    temperature: Rate = 0.05
    """Divides the cosines."""
    layer: int = -1
    """Layer whose states are taken; -1 is the top."""
    width: Count = 128
    """Width of the projection, which is dropped after the training."""
    most: Count = 100_000
    """Most pairs of two languages that are drawn from."""

    needs = ("parallel_text",)
    cite = "Chi et al. 2021, 2007.07834; van den Oord et al. 2018, 1807.03748"
    claim = ""
    example = "contrast(langs=['sw'], pairs=2, queue=8)"

    def check(self, run: Run) -> None:
        """Refuse to translate a language into itself."""
        if set(self.langs) == set(run.sources) and len(run.sources) == 1:
            raise IsoglossError(
                f"contrast draws pairs of {run.sources[0]} and another language",
                "name the other: contrast(langs=['sw'])",
            )

    def loss(self, loss: Loss, model: Model, ctx: Context) -> Loss:
        """Add the contrast of sentence pairs, drawn by seed and step."""
        pairs = [
            Example(
                f"{source}-{lang} {n}", source, {"text": text, "pair": pair}, None, {"pair": lang}
            )
            for lang in self.langs
            for source in ctx.sources
            if source != lang
            for n, (text, pair) in enumerate(ctx.parallel(source, lang, self.most))
        ]
        term: Loss = _term(self, loss, model, pairs, ctx.run.seed)
        return term


def _term(method: Contrast, inner: Loss, model: Model, pairs: Sequence[Example], seed: int) -> Any:
    """Make the term; torch is imported when it is used."""
    import torch

    from isogloss.models import states
    from isogloss.models.train.loss import Term
    from isogloss.models.train.state import own_random_state, seed_all

    states.check_layer(model, method.layer)
    sentences: dict[str, int] = {}
    owner = {e.id: sentences.setdefault(e.inputs["text"], len(sentences)) for e in pairs}

    class Contrasting(Term):
        splittable = bool(method.queue)
        head = states.plain(model)
        vectors: Any
        owners: Any

        def __init__(self) -> None:
            super().__init__(inner)
            with own_random_state():
                seed_all(seed)
                width = states.widths(model)[method.layer]
                self.projection = torch.nn.Linear(width, method.width)
            self.register_buffer("vectors", torch.zeros(method.queue, method.width))
            self.register_buffer("owners", torch.full((method.queue,), NOBODY))

        def extra(self, seed: int, step: int) -> Sequence[Example]:
            drawn = random.Random(f"contrast {seed} {step}")
            return drawn.sample(pairs, min(method.pairs, len(pairs)))

        def forward(self, model: Model, batch: Any) -> Mapping[str, Any]:
            terms, more = self.inner(model, batch), batch.extras.get(self)
            if more is None:
                return terms
            read = states.read(model, more.inputs, method.layer)
            vectors = self.projection(states.pooled(read, more.inputs["attention_mask"]))
            vectors = torch.nn.functional.normalize(vectors.float(), dim=-1)
            owners = torch.tensor([owner[each] for each in more.ids], device=vectors.device)
            self.note((vectors.detach(), owners))
            known, others = (self.vectors, self.owners) if method.queue else (vectors, owners)
            apart = contrast(vectors, owners, known, others, method.temperature) / more.weight
            return {**terms, "contrast": method.weight * apart + terms.get("contrast", 0)}

        def stepped(self, noted: list[Any]) -> None:
            if method.queue and noted:
                vectors, owners = map(torch.cat, zip(*noted, strict=True))
                self.vectors = torch.cat([self.vectors, vectors])[-method.queue :]
                self.owners = torch.cat([self.owners, owners])[-method.queue :]

    return Contrasting()


def contrast(vectors: Any, owners: Any, known: Any, others: Any, temperature: float) -> Any:
    """Sum the cross-entropies of translations among what they are compared with.

    Args:
        vectors: (2 x pairs, width), of length one, a sentence and its translation in turn.
        owners: (2 x pairs,): the number of the sentence that each says.
        known: (others, width): what they are compared with.
        others: (others,): the numbers of the sentences that these say.
        temperature: divides the cosines.
    """
    import torch

    near = (vectors[::2] * vectors[1::2]).sum(-1).repeat_interleave(2)
    # What says the same is no negative, however often and in whatever language it comes.
    same = (others == owners[:, None]) | (others == NOBODY)
    far = (vectors @ known.T).masked_fill(same, float("-inf"))
    total = torch.cat([near[:, None], far], 1).div(temperature).logsumexp(1)
    return (total - near / temperature).sum()
