"""Answer questions with a span of a paragraph (XQuAD), split by article.

XQuAD is a test set, and all its languages ask the same questions. So its articles
are split, 30 to train, 6 to develop, 12 to test, the same ones in every language.
Scores are on the 12 articles and don't compare with scores on all of XQuAD.
"""

from __future__ import annotations

from isogloss.core.task import Task
from isogloss.kind.span import FIELDS
from isogloss.reader import xquad

TASK = Task(
    version="1",
    kind="span",
    langs=xquad.LANGS,
    load=xquad.load,
    metrics=("squad_f1", "squad_em"),
    fields=FIELDS,
    available=xquad.available,
    digest=xquad.digest,
    source=xquad.SOURCE,
    licence=xquad.LICENCE,
    cite=xquad.CITE,
)
