"""Write a trained run for other programs, with a card."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.machine import Machine
from isogloss.core.recipe import spell
from isogloss.core.run import Run
from isogloss.core.types import Example, Row
from isogloss.language.registry import canonical
from isogloss.models.train.manifest import finished
from isogloss.run.card import card
from isogloss.run.context import Access
from isogloss.run.pipeline import adapted
from isogloss.run.use import reopen
from isogloss.store import Store

if TYPE_CHECKING:
    from isogloss.models.model import Model

log = logging.getLogger("isogloss")
OPENED = {
    "whole": "plain transformers opens it",
    "peft": "peft opens it, on its backbone",
    "own": "isogloss.load opens it, which neither transformers nor peft can",
}
CHECKED = 4
"""Examples on which what was written is compared with the model."""
CLOSE = 1e-3
"""Largest relative difference of a loss that rounding can make."""


def export(
    name: str,
    folder: Path,
    *,
    lang: str | None = None,
    out: Path,
    data: Path | None = None,
    machine: Machine | None = None,
) -> Path:
    """Write a run's model, tokenizer and card into a new folder.

    What plain transformers or peft can express is written in their format; the
    rest is for ``isogloss.load``. It is read back and compared with the model, and
    the card shows the scores that hold for what was written, and no others.

    Args:
        lang: the language to adapt the model to, where methods of the run adapt it,
            and in which plain transformers answers, where the backbone has tags.

    Raises:
        IsoglossError: the folder is not empty, there is no such run, or it has what
            can't be written.
    """
    from isogloss.models.addition.strange import check_known
    from isogloss.models.model import Asked
    from isogloss.models.save import export as write
    from isogloss.models.save import written
    from isogloss.models.snippet import snippet
    from isogloss.models.train.state import replace_folder

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IsoglossError(f"'{folder}' is not empty", "name a new folder")
    lang = canonical(lang) if lang else None
    run, model, ctx = reopen(name, out=out, data=data, machine=machine)
    rows = _rows(ctx, run)
    lost = _lost(run, ctx, lang, list(dict.fromkeys(row.target for row in rows)))
    if lang is not None:
        model = adapted(run, model, lang, ctx)
        lost |= _prompted(model, lang, rows)
    kept = [row for row in rows if row.target not in lost]
    langs = _langs(run, model, [row.target for row in kept], lang)
    limit = _limit(model, ctx, langs)
    named = lang or _only(model, run, langs)

    check_known(model, _changing(run))

    def fill(part: Path) -> None:
        write(model, part, lang=named, fit=run.fit, generate=run.generate, limit=limit)
        _read_back(model, part, ctx)
        form = written(part)
        code = snippet(model, form, Asked(run.fit, run.generate, limit), langs)
        text = card(run, model, form, code, kept, lost, langs)
        (part / "README.md").write_text(text, encoding="utf-8")

    replace_folder(folder, fill)
    _tell(folder, written(folder).form, lost)
    return folder


def _tell(folder: Path, form: str, lost: Mapping[str, str]) -> None:
    log.info("%s: %s", folder, OPENED[form])
    for why in dict.fromkeys(lost.values()):
        left = [each for each, reason in lost.items() if reason == why]
        log.info("scores of %s are left out: %s", ", ".join(left), why)


def _rows(ctx: Access, run: Run) -> list[Row]:
    """Give the test scores of the finished model, and not those of snapshots."""
    commits = Store(ctx.folder.parents[1]).commits(run.id)
    rows = [Row(**row) for each in commits if each.step == 0 for row in each.rows]
    return [row for row in rows if row.split == "test"]


def _langs(run: Run, model: Model, scored: Sequence[str], lang: str | None) -> list[str]:
    """List the languages that it may be asked in: those of the recipe's new tags too."""
    named = [getattr(method, "lang", None) for method in run.parsed.methods]
    tagged = [each for each in named if each is not None and each in model.tags]
    return list(dict.fromkeys([*run.sources, *scored, *tagged, *([lang] if lang else [])]))


def _prompted(model: Model, lang: str, rows: Sequence[Row]) -> dict[str, str]:
    """Say of which languages the prompt has another part, which peft's format can't hold."""
    ids = getattr(model.head, "ids", None)
    others = [row.target for row in rows if ids and ids(row.target) != ids(lang)]
    return dict.fromkeys(others, f"measured with a prompt that has another part than in {lang}")


def _lost(run: Run, ctx: Access, lang: str | None, langs: Sequence[str]) -> dict[str, str]:
    """Say of each scored language whose score is of other weights, why it is.

    Raises:
        IsoglossError: a method adapts the model to a language and none is given, or
            what was scored is other runs' models.
    """
    methods = run.parsed.methods
    adapting = [spell(method) for method in methods if "adapt" in method.stages]
    if adapting and lang is None:
        likely = next((each for each in langs if each not in run.sources), "sw")
        raise IsoglossError(
            f"{' + '.join(adapting)} makes another model for each language",
            f"name one: --lang {likely}" + (f" (scored: {', '.join(langs)})" if langs else ""),
        )
    lost = {each: _acting(run, ctx, each) for each in langs}
    if any(lost.values()) and all(lost.values()) and not finished(ctx.folder):
        (method, *_) = [spell(m) for m in methods if "predict" in m.stages]
        raise IsoglossError(
            f"{method} answers without a model of its own, so there is nothing to export",
            "export the runs on single sources" if run.parts else "export another recipe's run",
        )
    if adapting:
        why = f"measured with a model of its own: {' + '.join(adapting)}"
        lost |= {each: lost[each] or why for each in langs if each != lang}
    return {each: why for each, why in lost.items() if why}


def _only(model: Model, run: Run, langs: Sequence[str]) -> str | None:
    """Give the one language that a backbone with language tags was made to answer in."""
    from isogloss.models.family import language_code

    targets = [each for each in langs if each not in run.sources]
    return targets[0] if language_code.tagged(model) and len(targets) == 1 else None


def _acting(run: Run, ctx: Access, lang: str) -> str:
    """Say which methods act at prediction in a language; empty for none."""

    def bare(examples: Sequence[Example]) -> list[Any]:
        raise AssertionError("asked for a prediction")

    found = []
    for method in run.parsed.methods:
        try:
            acts = method.predict(bare, lang, ctx.of(method, "predict", lang)) is not bare
        except Uncovered:
            acts = True
        found += [spell(method)] if acts else []
    return f"measured with {' + '.join(found)}, which is no part of the weights" if found else ""


def _limit(model: Model, ctx: Access, langs: Sequence[str]) -> Any:
    """Give the longest output of each language, as it was when the scores were taken."""
    found: dict[str, int] = {}
    limit = None
    for lang in langs:
        try:
            examples = ctx.task.load(lang, "test", ctx.data_folder)
        except IsoglossError:  # no data any more, or none on this machine
            examples = []
        limit = (
            ctx.loops["limit"](model, [replace(each, target=None) for each in examples]) or limit
        )
        found |= limit.langs if limit is not None else {}
    return limit and replace(limit, langs=found)


def _read_back(model: Model, folder: Path, ctx: Access) -> None:
    """Assert that what was written computes what the model computes.

    Raises:
        IsoglossError: it does not, because a method keeps what export doesn't write.
    """
    from isogloss.models.save import load

    gold = [e for lang in ctx.sources for e in ctx.task.load(lang, "train", ctx.data_folder)]
    gold = [each for each in gold if each.target is not None][:CHECKED]
    one, two = _loss(model, gold, ctx), _loss(load(folder), gold, ctx)
    if abs(one - two) > CLOSE * max(1.0, abs(one)):
        raise IsoglossError(
            f"export can't write this model: read back, its loss is {two:.4f} and not {one:.4f}",
            f"{_changing(ctx.run)} changes the network in a way that neither transformers nor "
            "isogloss saves",
        )


def _changing(run: Run) -> str:
    """Spell the methods that may have changed the network."""
    stages = {"model", "train", "weights", "adapt"}
    changing = [spell(m) for m in run.parsed.methods if stages & {*m.stages}]
    return " + ".join(changing) or "the backbone"


def _loss(model: Model, examples: Sequence[Example], ctx: Access) -> float:
    import torch

    from isogloss.models import devices, modes

    with modes.kept(model.net), torch.no_grad():
        model.net.eval()
        items = model.head.encode(model, examples, ctx.run.fit, train=True)
        batch = devices.to(model.head.collate(model, items, train=True), model.device)
        return float(model.head.loss(model.net, batch)["task"])
