"""``isogloss show``: all that is known of one thing."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from pathlib import Path
from typing import get_type_hints

import click

from isogloss.cli import option

Rows = list[tuple[str, str]]


@click.command()
@click.argument("name")
@option.out
def command(name: str, out: Path) -> None:
    """Show a method, task, metric, identifier, model, language or run by its name."""
    for label, text in rows(name, out):
        click.echo(f"{label:<14} {text}")


def rows(name: str, out: Path) -> Rows:
    """Give what is known of a thing as labelled lines.

    Raises:
        IsoglossError: nothing has that name; the nearest names are in the hint.
    """
    from isogloss import plugin
    from isogloss.core.errors import IsoglossError, nearest

    if name in plugin.names("method"):
        return _method(name)
    if name in plugin.names("task"):
        return _task(name)
    if name in plugin.names("metric"):
        return _metric(name)
    if name in plugin.names("identifier"):
        return _identifier(name)
    if (out / "runs" / name).is_dir() or (Path(name) / "run.json").is_file():
        return _run(name, out)
    if "/" in name or Path(name).is_dir():
        return _model(name)
    from isogloss.fidelity.reliability import describe as judged
    from isogloss.language.registry import Ambiguous, describe, find_language
    from isogloss.store import Store
    from isogloss.store.find import matches

    try:
        return [("language", name), *describe(found := find_language(name)), *judged(found.code)]
    except IsoglossError as error:
        if matches(name, Store(out)):
            return _run(name, out)
        if isinstance(error, Ambiguous):
            raise
        every = [n for group in plugin.FOLDERS for n in plugin.names(group)]
        near = nearest(name, every)
        hint = f"did you mean '{near}'?" if near else error.hint
        what = f"no method, task, metric, identifier, model, language or run '{name}'"
        raise IsoglossError(what, hint) from None


def _method(name: str) -> Rows:
    from isogloss import plugin
    from isogloss.core.field import spelled
    from isogloss.core.method import STAGES, Method
    from isogloss.core.recipe import field_docs

    cls = plugin.method(name)
    found: Rows = [("method", f"{name} (version {cls.version})")]
    found += [("", line) for line in (inspect.getdoc(cls) or "").splitlines()]
    docs, kinds = field_docs(cls), get_type_hints(cls, include_extras=True)
    for f in dataclasses.fields(cls):
        value = "required" if f.default is dataclasses.MISSING else f"default {f.default!r}"
        found.append((f"  {f.name}", f"{spelled(kinds[f.name])}; {value}. {docs.get(f.name, '')}"))
    stages = [s for s in STAGES if getattr(cls, s) is not getattr(Method, s)]
    found += [
        ("stages", ", ".join(stages)),
        ("needs", ", ".join(cls.needs) or "nothing beyond source labels"),
        ("task kinds", ", ".join(plugin.kinds_of(cls))),
        ("families", ", ".join(plugin.families_of(cls))),
    ]
    if cls.lrs:
        found.append(("rates", ", ".join(f"{lr:g}" for lr in cls.lrs)))
    found += [(k, v) for k, v in (("claim", cls.claim), ("cite", cls.cite)) if v]
    return found + _checked(name, bool(cls.claim))


def _checked(name: str, claims: bool) -> Rows:
    from isogloss.claim.checked import checked, seen

    known = checked(name)
    found: Rows = [("seen on", seen(known))]
    for one in known:
        found.append(("checked", f"{one} ({one.created}, isogloss {one.version})"))
        found += [("", f"{one.says}: {one.numbers}")]
    return found if known or not claims else [*found, ("checked", "not yet: make claims")]


def _task(name: str) -> Rows:
    from isogloss import plugin

    task = plugin.task(name)
    doc = inspect.getdoc(sys.modules.get(f"isogloss.tasks.{name}")) or ""
    return [
        ("task", f"{name} (version {task.version})"),
        *[("", line) for line in doc.splitlines()],
        ("kind", task.kind),
        ("languages", ", ".join(task.langs)),
        *([("labels", ", ".join(task.labels))] if task.labels else []),
        ("metrics", ", ".join(task.metrics)),
        *(
            [("overlap", f"{task.overlap:.1%} of test items stand in train or dev, at most")]
            if task.overlap
            else []
        ),
        ("source", task.source),
        ("licence", task.licence),
        ("cite", task.cite),
    ]


def _metric(name: str) -> Rows:
    from isogloss import plugin

    metric = plugin.metric(name)
    doc = inspect.getdoc(sys.modules[f"isogloss.metrics.{name}"]) or ""
    found: Rows = [("metric", f"{name} (version {metric.version})")]
    found += [("", line) for line in doc.splitlines()]
    found += [
        ("task kinds", ", ".join(metric.kinds)),
        ("scale", f"0 to {metric.scale:g}, {'higher' if metric.higher else 'lower'} is better"),
    ]
    return found + ([("cite", metric.cite)] if metric.cite else [])


def _identifier(name: str) -> Rows:
    from isogloss import plugin

    plug = plugin.find("identifier", name)
    doc = inspect.getdoc(inspect.getmodule(plug.open)) or ""
    found: Rows = [("identifier", f"{name} (version {plug.version})")]
    found += [("", line) for line in doc.splitlines()]
    found.append(("written", f"{name}:PATH, {plug.takes}" if plug.takes else name))
    return found + [
        (key, value)
        for key, value in (
            ("package", plug.package), ("licence", plug.licence), ("cite", plug.cite),
        )
        if value
    ]  # fmt: skip


def _model(name: str) -> Rows:
    from isogloss.models.family.backbone import backbone

    found = backbone(name)
    langs = "unknown" if found.langs is None else ", ".join(sorted(found.langs))
    return [
        ("model", found.name),
        ("revision", found.revision + ("" if found.pinned else " (not pinned)")),
        ("architecture", found.architecture),
        ("family", found.family),
        ("saw", langs),
    ]


def _run(name: str, out: Path) -> Rows:
    from isogloss.core.run import to_json
    from isogloss.store import find

    store, key = find(name, out)
    found: Rows = [("run", key), ("name", store.name(key))]
    found += [(name, str(value)) for name, value in to_json(store.run(key)).items()]
    for row in store.results().select(run=key).rows:
        if row.condition == "" and row.value is not None:
            found.append((f"{row.target} {row.split}", f"{row.metric} {row.value:.3f} (n={row.n})"))
    return found
