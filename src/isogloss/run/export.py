"""Write a trained run for other programs, with a card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import spell
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Row
from isogloss.run.answer import reopen
from isogloss.store import Store

POOR = 0.8
"""A correct-language rate under this share of the references' own is a warning."""


def export(name: str, folder: Path, *, out: Path, data: Path | None = None) -> Path:
    """Write a run's model, tokenizer and card into a new folder.

    What plain transformers or peft can express is written in their format; the
    rest is for ``isogloss.load``.

    Raises:
        IsoglossError: the folder is not empty, or there is no such run.
    """
    if folder.exists() and any(folder.iterdir()):
        raise IsoglossError(f"'{folder}' is not empty", "name a new folder")
    from isogloss.models.save import export as write

    run, model, ctx = reopen(name, out=out, data=data)
    write(model, folder)
    rows = Store(ctx.folder.parents[1]).results().select(run=run.id).rows
    (folder / "README.md").write_text(card(run, ctx.task, rows), encoding="utf-8")
    return folder


def card(run: Run, task: Task, rows: Sequence[Row]) -> str:
    """Write a model card: scores by language, what not to use it for, licences."""
    scored = [r for r in rows if r.split == "test" and r.value is not None and r.condition == ""]
    headline = {r.target: r for r in scored if r.metric == task.metrics[0]}
    fidelity = {r.target: r for r in scored if r.metric == "correct_language"}
    lines = [
        f"# {task.name} from {', '.join(run.sources)}",
        "",
        f"{run.model} ({run.revision or 'unpinned'}), finetuned with isogloss: "
        f"`{run.recipe or 'plain finetuning'}`, rate {run.fit.lr:g}, {run.fit.steps} steps, "
        f"seed {run.seed}. Run `{run.id}`.",
        "",
        f"Supervision beyond source labels: {', '.join(run.parsed.needs) or 'none'}.",
        "",
        "## Scores by language",
        "",
        f"| language | {task.metrics[0]} | 95 % interval | n | correct language |",
        "|---|---|---|---|---|",
    ]
    for lang, r in sorted(headline.items(), key=lambda pair: -(pair[1].value or 0.0)):
        right = f"{fidelity[lang].value:.2f}" if lang in fidelity else ""
        lines.append(f"| {lang} | {r.value:.3f} | {r.low:.3f} to {r.high:.3f} | {r.n} | {right} |")
    return "\n".join([*lines, "", "## Not for", "", *_limits(run, headline, fidelity, rows), "",
        "## Licences", "", f"Data: {task.licence or 'not stated'} ({task.source or task.name}).",
        "The backbone's own licence holds for the weights.", ""])  # fmt: skip


def _limits(
    run: Run, headline: dict[str, Row], fidelity: dict[str, Row], rows: Sequence[Row]
) -> list[str]:
    own = {
        r.target: r.value
        for r in rows
        if r.condition == "reference" and r.metric == "correct_language" and r.value
    }
    poor = [lang for lang, r in fidelity.items() if (r.value or 0) < POOR * own.get(lang, 1.0)]
    best = max((r.value or 0.0 for r in headline.values()), default=0.0)
    weak = [lang for lang, r in headline.items() if (r.value or 0.0) < best / 2]
    late = [m for m in run.parsed.methods if {"adapt", "predict"} & set(m.stages)]
    return [
        *(
            f"- Use without `{spell(m)}`: it acts after training, and the scores are with it."
            for m in late
        ),
        "- Languages that are not in the table: it was not tested there.",
        *(
            [f"- Answers in {', '.join(poor)}: they often come in another language."]
            if poor
            else []
        ),
        *([f"- {', '.join(weak)}: under half of the best language's score."] if weak else []),
    ]
