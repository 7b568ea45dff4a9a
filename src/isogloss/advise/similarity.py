"""``isogloss.similarity``: how near languages are, by all that can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.core.errors import IsoglossError
from isogloss.run.corpus import described

if TYPE_CHECKING:
    from isogloss.relation.similarity import Similarity


def similarity(
    langs: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    *,
    corpus: str | Path | None = None,
    backbone: str = "",
    model: str = "",
    texts: str | Path | Mapping[str, Sequence[str]] | None = None,
    measure: str = "cosine",
    pool: str = "mean",
    layer: int | None = None,
    most: int | None = None,
    memory: bool = False,
    scores: Mapping[tuple[str, str], float] | None = None,
) -> Similarity:
    """Compare languages by typology, by their data, and by what a model makes of them.

    Args:
        langs: languages by any code; those of the corpus or the texts where left out.
        kinds: distances of typology, see ``data.typology``; None: all of them.
        corpus: folder with text in each language, for word overlap and the like.
        backbone: model whose tokenizer splits the corpus.
        model: model that reads the texts.
        texts: parallel text by language, or a folder of it; for the model.
        measure: how the model's vectors are compared, see ``models.likeness``.
        pool: how a sentence's states become one vector.
        layer: the model's; None asks all, and shows one two thirds of the way up.
        most: sentences of a folder that are read at most.
        memory: ask too how well the model fills in the texts (LML and LMEM).
        scores: (source, target) -> score of transfer, to weigh the distances in the tree.

    Raises:
        IsoglossError: unknown, repeated or too few languages, an unknown kind, or
            broken data.
    """
    from isogloss.reader.parallel import read
    from isogloss.relation import similarity as analysis
    from isogloss.relation.typology import KINDS

    if backbone and corpus is None:
        raise IsoglossError("a backbone's tokenizer splits a corpus", "give a corpus: --corpus DIR")
    if bool(model) != (texts is not None):
        lacks = "parallel text for it: --texts DIR" if model else "a model that reads it: --model"
        raise IsoglossError("a model is asked what it makes of parallel text", f"give {lacks}")
    if memory and not model:
        raise IsoglossError("only a model fills in texts", "name one: --model and --texts")
    given = read(Path(texts), most) if isinstance(texts, str | Path) else texts or {}
    parallel = dict(zip(analysis.checked(given), given.values(), strict=True)) if given else {}
    found = described(corpus, backbone) if corpus is not None else {}
    if langs is None and not found and not parallel:
        raise IsoglossError("no language is named", "name some, such as --langs sw,en,rw")
    named = analysis.checked(langs if langs is not None else dict.fromkeys((*found, *parallel)))
    if corpus is not None and not set(named) & set(found):
        raise IsoglossError(
            f"no text in '{corpus}' is in {', '.join(named)}", f"it is in {', '.join(found)}"
        )
    likeness, known = None, {}
    if model:
        from isogloss.models import similarity as ask

        asked = {lang: parallel[lang] for lang in named if lang in parallel}
        likeness = ask.likeness(model, asked, measure=measure, layer=layer, pool=pool)
        known = ask.memory(model, asked) if memory else {}
    return analysis.similarity(
        named,
        KINDS if kinds is None else kinds,
        profiles=found,
        likeness=likeness,
        memory=known,
        scores=scores,
    )
