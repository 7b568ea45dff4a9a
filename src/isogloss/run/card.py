"""Write the card of an exported model, in the hub's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.recipe import spell
from isogloss.core.run import Run
from isogloss.core.types import Row
from isogloss.language.registry import find_language

if TYPE_CHECKING:
    from isogloss.models.model import Model

POOR = 0.8
"""A correct-language rate under this share of the references' own is a warning."""
LIBRARIES = {"whole": "transformers", "peft": "peft", "own": "isogloss"}


def card(
    run: Run,
    model: Model,
    written: Any,
    code: str,
    rows: Sequence[Row],
    lost: Mapping[str, str],
    langs: Sequence[str],
) -> str:
    """Write a model card: what it is, how it is used, its scores, its limits, licences.

    Args:
        written: what the export wrote; see ``models.save``.
        code: Python that defines ``answer`` in the export's folder.
        rows: the scores that hold for what was written.
        lost: language -> why its score does not.
        langs: languages that it may be asked in.
    """
    scored = [row for row in rows if row.value is not None and row.condition == ""]
    headline = {row.target: row for row in scored if row.metric == model.task.metrics[0]}
    fidelity = {row.target: row for row in scored if row.metric == "correct_language"}
    parts = [
        f"---\n{_front(run, model, written, headline, langs)}\n---",
        f"# {model.task.name} from {', '.join(run.sources)}",
        _about(run, model, written),
        "## Use",
        _form(run, model, written),
        f"```python\n{code}\n\n{_call(model, written, code, langs)}\n```",
        _inputs(run, model, written, langs),
        "## Scores by language",
        _table(model, headline, fidelity),
        _left_out(lost),
        "## Not for",
        "\n".join(_limits(headline, fidelity, rows)),
        "## Licences",
        f"Data: {model.task.licence or 'not stated'} ({model.task.source or model.task.name}).\n"
        "The backbone's own licence holds for the weights.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(
    run: Run, model: Model, written: Any, headline: Mapping[str, Row], langs: Sequence[str]
) -> str:
    """Write what the hub reads: YAML before the text."""
    from huggingface_hub import EvalResult, ModelCardData

    task, kind = model.task, model.task.kind
    pipeline = plugin.kind(kind).hub if not model.family.writes else "text-generation"
    results = [
        EvalResult(
            task_type=pipeline or kind,
            dataset_type=task.name,
            dataset_name=task.name,
            dataset_config=lang,
            dataset_split="test",
            metric_type=row.metric,
            metric_value=row.value,
        )
        for lang, row in sorted(headline.items())
    ]
    spoken = [find_language(lang) for lang in langs]
    data = ModelCardData(
        language=sorted({each.iso1 or each.iso3 for each in spoken}),
        license=_licence(model),
        base_model=_named(model),
        base_model_relation="finetune" if written.form == "whole" else "adapter",
        library_name=LIBRARIES[written.form],
        pipeline_tag=pipeline,
        tags=["isogloss", "cross-lingual-transfer", kind],
        metrics=[task.metrics[0]],
        model_name=f"{task.name} from {', '.join(run.sources)}" if results else None,
        eval_results=results or None,
    )
    return str(data.to_yaml())


def _licence(model: Model) -> str:
    """Give the backbone's licence as the hub spells it."""
    from huggingface_hub import metadata_load

    if model.name.startswith("mini/"):
        return "apache-2.0"
    readme = Path(model.backbone.path or "") / "README.md"
    if not model.backbone.path or not readme.is_file():
        return "unknown"
    try:
        found = (metadata_load(readme) or {}).get("license")
    except Exception:  # whatever another's card holds
        found = None
    return found if isinstance(found, str) else "unknown"


def _named(model: Model) -> str:
    """Name the backbone without the place where this machine has it."""
    return (
        Path(model.name).name if model.backbone.path and "mini/" not in model.name else model.name
    )


def _about(run: Run, model: Model, written: Any) -> str:
    adapted = f" Adapted to `{written.lang}`." if _adapting(run) else ""
    return (
        f"{_named(model)} ({run.revision or 'unpinned'}), finetuned with isogloss: "
        f"`{run.recipe or 'plain finetuning'}`, rate {run.fit.lr:g}, {run.fit.steps} steps, "
        f"seed {run.seed}.{adapted} Run `{run.id}`.\n\n"
        f"Supervision beyond source labels: {', '.join(run.parsed.needs) or 'none'}."
    )


def _adapting(run: Run) -> bool:
    return any("adapt" in method.stages for method in run.parsed.methods)


def _form(run: Run, model: Model, written: Any) -> str:
    """Say what opens it, and what it needs beside it."""
    base = f"`{_named(model)}`"
    if written.base and written.form != "own" and not written.revision:
        base += ", a folder: give its path where you have it"
    elif written.revision:
        base += f" at `{written.revision}`"
    if written.form == "peft":
        what = plugin.addition(model.additions[-1].kind).shown
        return f"It is {what} in peft's format and needs its backbone, {base}."
    if written.form == "own":
        added = [spell(m) for m in run.parsed.methods if "model" in m.stages]
        return (
            f"Neither transformers nor peft can express `{' + '.join(added)}`: it is opened by "
            f"`isogloss.load`, which needs its backbone, {base}. "
            "`isogloss.json` says what it is, `changed.safetensors` holds what was trained."
        )
    merged = hasattr(model.net, "get_base_model")
    why = (
        " The adapter is added to the weights: the backbone's own have changed as well, "
        "which an adapter can't hold."
    )
    return f"It is a whole model: plain transformers opens it.{why if merged else ''}"


def _call(model: Model, written: Any, code: str, langs: Sequence[str]) -> str:
    from isogloss.models.snippet import call

    return call(model, written.lang or langs[-1], "lang):" in code.rpartition("def answer(")[2])


def _inputs(run: Run, model: Model, written: Any, langs: Sequence[str]) -> str:
    """List what has to be known of inputs and answers."""
    from isogloss.models.decode.limit import room
    from isogloss.models.save import spelled

    task, fit, text = model.task, run.fit, model.family.writes
    ways = {
        "head": "cut at the end",
        "head_tail": "cut in the middle when it was scored, and at the end by this code",
        "chunks": "read in overlapping chunks when it was scored, and cut at the end by this code",
    }
    unit = plugin.input_of(task.kind, task.fields[0]).unit
    long = "read in overlapping windows" if model.head.windows else ways[fit.long]
    tagged = {lang: model.tags[lang] for lang in langs if lang in model.tags}
    unnamed = [tag for tag in tagged.values() if spelled(model.tokenizer, tag) is None]
    repeats = run.generate.no_repeat or run.generate.repetition_penalty != 1
    lines = [
        f"- Fields: {', '.join(f'`{name}`' for name in task.fields)}.",
        f"- Prompt before the first: `{task.prompt}`." if task.prompt else "",
        f"- Inputs over {room(model, fit).source} {unit} are {long}.",
        f"- Labels: {', '.join(f'`{label}`' for label in task.labels)}." if task.labels else "",
        f"- Language tags: {', '.join(f'{k} `{v}`' for k, v in tagged.items())}." if tagged else "",
        f"- The tokenizer can't put {', '.join(f'`{tag}`' for tag in unnamed)}; this code does."
        if unnamed
        else "",
        "- No language is set: `tokenizer.src_lang` and `forced_bos_token_id` are the caller's, "
        "as in this code; an export with `--lang` sets them."
        if tagged and written.lang is None
        else "",
        f"- Answers are in {task.answers}, whatever the input's language."
        if task.answers != "same" and plugin.kind(task.kind).writes
        else "",
        "- It was trained on bare text, without the tokenizer's chat template."
        if text and not task.template.chat and getattr(model.tokenizer, "chat_template", None)
        else "",
        "- The run's bans on repetition are left out: transformers would count the input too."
        if model.family.in_line and repeats
        else "",
    ]
    return "\n".join(line for line in lines if line)


def _table(model: Model, headline: Mapping[str, Row], fidelity: Mapping[str, Row]) -> str:
    if not headline:
        return "No score holds for these weights alone."
    lines = [
        f"| language | {model.task.metrics[0]} | 95 % interval | n | correct language |",
        "|---|---|---|---|---|",
    ]
    for lang, row in sorted(headline.items(), key=lambda pair: -(pair[1].value or 0.0)):
        right = f"{fidelity[lang].value:.2f}" if lang in fidelity else ""
        lines.append(
            f"| {lang} | {row.value:.3f} | {row.low:.3f} to {row.high:.3f} | {row.n} | {right} |"
        )
    return "\n".join(lines)


def _left_out(lost: Mapping[str, str]) -> str:
    """Say which scores of the run are not those of these weights."""
    if not lost:
        return ""
    reasons: dict[str, list[str]] = {}
    for lang, why in lost.items():
        reasons.setdefault(why, []).append(lang)
    return "The run has scores that are not of these weights:\n\n" + "\n".join(
        f"- {', '.join(langs)}: {why}." for why, langs in reasons.items()
    )


def _limits(
    headline: Mapping[str, Row], fidelity: Mapping[str, Row], rows: Sequence[Row]
) -> list[str]:
    """List what it should not be used for."""
    own = {
        row.target: row.value
        for row in rows
        if row.condition == "reference" and row.metric == "correct_language" and row.value
    }
    poor = [lang for lang, row in fidelity.items() if (row.value or 0) < POOR * own.get(lang, 1.0)]
    best = max((row.value or 0.0 for row in headline.values()), default=0.0)
    weak = [lang for lang, row in headline.items() if (row.value or 0.0) < best / 2]
    lines = ["- Languages that are not in the table: it was not tested there."]
    if poor:
        lines.append(f"- Answers in {', '.join(poor)}: they often come in another language.")
    if weak:
        lines.append(f"- {', '.join(weak)}: under half of the best language's score.")
    return lines
