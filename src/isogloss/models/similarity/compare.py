"""How alike a pretrained model finds languages, measured on parallel text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.machine import Machine
from isogloss.language.registry import canonical
from isogloss.models.similarity.embed import embed, opened
from isogloss.models.similarity.measure import MEASURES
from isogloss.models.states import widths
from isogloss.relation.from_model import POOLS, Likeness


def likeness(
    model: str,
    texts: Mapping[str, Sequence[str]],
    *,
    measure: str = "cosine",
    layer: int | None = None,
    pool: str = "mean",
    machine: Machine | None = None,
) -> Likeness:
    """Compare languages by what a model makes of the same sentences.

    Each sentence becomes one vector a layer: the mean of its states, special
    tokens and language tags among them, as in mPLM-Sim (Lin et al. 2024); of an
    encoder-decoder those of the encoder. For decoders, whose later states have
    read more, `weighted_late` (SGPT) and `weighted_early` (as mPLM-Sim released)
    weigh them by position, `last` takes the last alone.

    Args:
        model: a mini model, a folder, or a hub id `name[@revision]`.
        texts: language -> sentences; the same meaning at the same place.
        measure: `cosine` of the translations, averaged; `cka`; `svcca`; or
            `retrieval`, how often a sentence's nearest is its translation.
        layer: 0 for the embeddings and up; None measures all.
        pool: one of `mean`, `weighted_early`, `weighted_late`, `last`.
        machine: settings that move no value.

    Raises:
        IsoglossError: texts that are not parallel, too little of it, an unknown
            name, or a language that the model can't name.
    """
    if measure not in MEASURES:
        raise unknown("measure", measure, MEASURES)
    if pool not in POOLS:
        raise unknown("pool", pool, POOLS)
    checked = parallel(texts)
    net = opened(model, list(checked))
    top = len(widths(net)) - 1
    layers = _layers(model, layer, top)
    states, cut = embed(net, checked, pool=pool, layers=layers, machine=machine or Machine())
    # Six digits are what 32-bit states can tell.
    values = [MEASURES[measure](each).round(6).astype(float) for each in states]
    return Likeness(
        langs=tuple(checked),
        layers=layers,
        values=tuple(tuple(map(tuple, value.tolist())) for value in values),
        measure=measure,
        pool=pool,
        model=model,
        n=states.shape[2],
        depth=top,
        revision=net.backbone.revision,
        cut=cut,
    )


def _layers(model: str, layer: int | None, top: int) -> tuple[int, ...]:
    if layer is not None and layer not in range(top + 1):
        raise IsoglossError(
            f"{model} has no layer {layer}", f"take one of 0 (the embeddings) to {top} (the top)"
        )
    return tuple(range(top + 1)) if layer is None else (layer,)


def parallel(texts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Check that texts are parallel, and spell their languages as the registry does.

    Raises:
        IsoglossError: one language, one sentence, unequal lengths, an empty text,
            or a language given twice.
    """
    found: dict[str, list[str]] = {}
    for code, each in texts.items():
        lang = canonical(code)
        if lang in found:
            raise IsoglossError(f"'{code}' is '{lang}', which is given twice", "leave one of them")
        if isinstance(each, str):
            raise IsoglossError(f"the text in '{lang}' is one string", "give a list of sentences")
        found[lang] = list(each)
        for place, text in enumerate(each, 1):
            if not text.strip():
                raise IsoglossError(
                    f"text {place} in '{lang}' is empty", "leave it out of all languages"
                )
    if len(found) < 2:
        there = ", ".join(found) or "none"
        raise IsoglossError(
            f"similarity needs at least two languages, there is text in {there}",
            "give the same sentences in another",
        )
    counts = {lang: len(each) for lang, each in found.items()}
    first, n = next(iter(counts.items()))
    for lang, count in counts.items():
        if count != n:
            raise IsoglossError(
                f"the texts are not parallel: {n} in '{first}', {count} in '{lang}'",
                "give every sentence in every language, in the same order",
            )
    if n < 2:
        raise IsoglossError(f"similarity needs more than {n} sentences", "some hundred do well")
    return found
