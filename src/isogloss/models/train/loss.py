"""Losses: the head's own, and the terms that methods put around it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Loss
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.batch import Batch

if TYPE_CHECKING:
    from isogloss.models.model import Model


class Term(nn.Module):
    """A loss with parameters, state or examples of its own, around another loss.

    ``forward(model, batch)`` calls ``inner`` and adds named terms, each divided by a
    batch's ``weight``. Parameters are trained beside the network's. State is held in
    buffers and changed by ``stepped`` alone, so that an update in several micro-batches,
    or tried again after memory ran out, sees the same state throughout. Both are saved
    with each snapshot; a network that never changes is better kept out of them, in a tuple.
    """

    splittable: bool = True
    """False where the loss compares the items of a batch, so that it may not be split."""
    head: Any = None
    """Encodes its own examples, such as ``models.states.plain(model)``; None: the model's."""

    def __init__(self, inner: Loss) -> None:
        """Wrap a loss."""
        super().__init__()
        self.inner = inner
        self.noted: list[Any] = []

    def __call__(self, model: Model, batch: Batch) -> Mapping[str, Tensor]:
        """Give the terms, and tell the loop that this one takes part."""
        batch.called.append(self)
        terms: Mapping[str, Tensor] = super().__call__(model, batch)
        return terms

    def meet(self, examples: Sequence[Example]) -> None:
        """Look at all examples of a training, once before it goes on or begins.

        What that takes time for belongs into ``ctx.cache``.
        """

    def extra(self, seed: int, step: int) -> Sequence[Example]:
        """Draw the examples of an update, by seed and step alone; none by default.

        The head encodes them, and they are split into micro-batches like the task's:
        ``batch.extras.get(self)`` is this one's share, or None where none is left for it.
        """
        return ()

    def note(self, value: Any) -> None:
        """Put something by for ``stepped``, such as detached states."""
        self.noted.append(value)

    def stepped(self, noted: list[Any]) -> None:
        """Change the state after an update was made; ``noted`` is what was put by for it."""


def plain_loss(fit: Fit) -> Loss:
    """Give the head's own loss, which methods wrap; ``batch.outputs`` are the network's."""

    def plain(model: Model, batch: Batch) -> Mapping[str, Tensor]:
        terms, batch.outputs = forward(model, batch, smoothing=fit.label_smoothing)
        return terms

    return plain


def forward(model: Model, batch: Batch, *, smoothing: float = 0.0) -> tuple[dict[str, Tensor], Any]:
    """Run the network on a batch: the head's loss, and what the network puts out."""
    seen: list[Any] = []
    runs = model.head.runs(model.net)
    handles = [runs.register_forward_hook(lambda _, args, output: seen.append(output))]
    if batch.hidden:
        handles.append(runs.register_forward_pre_hook(_ask_hidden, with_kwargs=True))
    try:
        terms: dict[str, Tensor] = model.head.loss(model.net, batch, smoothing=smoothing)
    finally:
        for handle in handles:
            handle.remove()
    return terms, seen[-1] if seen else None


def _ask_hidden(_: Any, args: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return args, {**options, "output_hidden_states": True}


def chain(loss: Any) -> Iterator[Any]:
    """Walk from the outermost loss to the one it wraps, by ``__wrapped__`` or ``inner``."""
    while loss is not None:
        yield loss
        loss = getattr(loss, "__wrapped__", None) or getattr(loss, "inner", None)


def terms(loss: Any) -> list[Term]:
    """List the terms of a loss, from the outermost on.

    Raises:
        IsoglossError: a module among them is no ``Term``.
    """
    listed: dict[Term, None] = {}
    for part in chain(loss):
        if isinstance(part, nn.Module) and not isinstance(part, Term):
            raise IsoglossError(
                f"the loss {_name(part)} is a module, and no Term",
                "subclass isogloss.models.train.loss.Term, which is trained, saved and resumed",
            )
        if isinstance(part, Term):
            listed |= {each: None for each in part.modules() if isinstance(each, Term)}
    return list(listed)


def outermost(listed: Sequence[Term]) -> list[Term]:
    """Leave out the terms inside of others, whose parameters come with those."""
    inside = {id(m) for term in listed for m in term.modules() if m is not term}
    return [term for term in listed if id(term) not in inside]


def whole(loss: Any) -> bool:
    """Tell whether a loss may not be taken of parts of a batch."""
    return not all(getattr(part, "splittable", True) for part in chain(loss))


def wrapped(inner: Loss, outer: Loss, by: str) -> Loss:
    """Give the outer loss, if it leads to all that the inner one has.

    Raises:
        IsoglossError: a term would be lost, which nobody would train, save or ask.
    """
    lost = [term for term in terms(inner) if term not in terms(outer)]
    if lost or (whole(inner) and not whole(outer)):
        name = _name(lost[0]) if lost else "one whose batches may not be split"
        raise IsoglossError(
            f"{by} wraps a loss and loses sight of {name}",
            "put @functools.wraps(loss) above its function, or write it as a Term(loss)",
        )
    return outer


def check_called(listed: Sequence[Term], called: Sequence[Term]) -> None:
    """Assert that an update has asked the terms that are known, and those alone.

    Raises:
        IsoglossError: it did not.
    """
    for term in called:
        if term not in listed:
            raise IsoglossError(
                f"the loss {_name(term)} takes part, and what wraps it does not lead to it: its "
                "parameters would never be trained",
                "put @functools.wraps(loss) above the function around it, or make that a Term",
            )
    for term in listed:
        if term not in called:
            raise IsoglossError(
                f"the loss {_name(term)} is never asked by what wraps it",
                "call the inner loss in each update, or take one of the methods out of the recipe",
            )


def check_learned(listed: Sequence[Term], moved: Container[Tensor], steps: int) -> None:
    """Assert that gradients have reached each term that has parameters.

    Raises:
        IsoglossError: none of a term's have been moved in so many updates.
    """
    for term in listed:
        inside = {id(p) for each in term.modules() if each is not term and isinstance(each, Term)
                  for p in each.parameters()}  # fmt: skip
        learned = [p for p in term.parameters() if p.requires_grad and id(p) not in inside]
        if learned and not any(p in moved for p in learned):
            raise IsoglossError(
                f"the loss {_name(term)} has learned nothing in {steps} updates: no gradient "
                "reaches its parameters",
                "give its terms names that no other loss uses, and keep them in what wraps it",
            )


def _name(loss: Any) -> str:
    return type(loss).__name__
