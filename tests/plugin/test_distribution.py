"""A distribution brings a kind of task of its own, with a head and a metric."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import isogloss
import tiny
from command import call
from isogloss import plugin
from isogloss.models.head import head_for
from isogloss.store import Store
from isogloss.testing import check_metric

KIND = '''"""Rate a text by a number."""

from isogloss import Example, IsoglossError
from isogloss.core.kind import Kind


def build(values, where):
    """Read a text and a number."""
    target = values.get("target")
    return {"text": str(values["text"])}, None if target is None else number(target, where)


def number(value, where):
    """Read a number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise IsoglossError(f"{where}: '{value}' is no number", "write one, such as 3.5") from None


KIND = Kind(
    fields=("text",),
    build=build,
    read=lambda answer, task, example: number(answer, example.id),
    problem=lambda example, labels: "" if isinstance(example.target, float) else "no number",
    toy=lambda n: Example(n.id, n.lang, {"text": n.said}, float(n.digits[-1])),
    metrics=("lab.near",),
    show=lambda value, inputs: "none" if value is None else f"{value:.1f} stars",
    nothing=None,
)
'''
METRIC = '''"""Share of ratings that are less than half a point away."""

from isogloss import Metric
from isogloss.metrics.item import each, mean


def near(example, prediction, lang):
    """Compare a rating with the right one."""
    return float(prediction.value is not None and abs(prediction.value - example.target) < 0.5)


METRIC = Metric(version="1", kinds=("lab.rate",), stats=each(near), score=mean)
'''
HEAD = '''"""Read a rating off the pooled text."""

import torch

from isogloss import Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.head import text
from isogloss.models.head.head import Head, padded


class Rate(Head):
    """Use transformers' own sequence classification with one output: a regression."""

    kinds = ("lab.rate",)
    families = ("encoder",)

    def auto(self):
        return "AutoModelForSequenceClassification"

    def settings(self, task):
        return {"num_labels": 1}

    def encode(self, model, examples, fit, *, train):
        items, frame = [], text.frame(model.tokenizer)
        texts = [example.inputs["text"] for example in examples]
        for index, ids in enumerate(text.tokens(model.tokenizer, texts)):
            features, example = frame.wrap(ids[: fit.max_source - 4]), examples[index]
            meta = {"target": example.target}
            items.append(Item(index, example.id, example.lang, features, len(ids), meta=meta))
        return items

    def collate(self, model, items, *, train):
        inputs = padded(items, model.tokenizer.pad_token_id)
        if train:
            inputs["target"] = torch.tensor([item.meta["target"] for item in items])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net, batch, smoothing=0.0):
        inputs = dict(batch.inputs)
        target = inputs.pop("target")
        return {"task": (net(**inputs).logits[:, 0] - target).square().sum() / batch.weight}

    @torch.no_grad()
    def answer(self, model, batch, generate, limit=None):
        return model.net(**batch.inputs).logits[:, 0].tolist()

    def merge(self, model, examples, items, raws):
        return [Prediction(e.id, round(raw, 4)) for e, raw in zip(examples, raws, strict=True)]


HEADS = (Rate,)
'''
STUDY = """tasks = ["mine"]
models = ["MODEL"]
targets = ["sw"]
seeds = [0]
[fit]
steps = 2
batch = 4
[recipes]
plain = ""
none = "untouched()"
[task.mine]
kind = "lab.rate"
files = "{lang}.{split}.jsonl"
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a distribution, and have it found and forgotten again."""
    site = tmp_path / "site"
    info = site / "lab-1.0.dist-info"
    info.mkdir(parents=True)
    for name, source in {"kind": KIND, "metric": METRIC, "head": HEAD}.items():
        (site / f"lab_{name}.py").write_text(source)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[isogloss.kind]\nrate = lab_kind:KIND\n[isogloss.metric]\nnear = lab_metric:METRIC\n"
        "[isogloss.head]\nrate = lab_head:HEADS\n"
    )
    monkeypatch.syspath_prepend(site)
    for found in (plugin.entries, plugin._load):
        found.cache_clear()
    yield
    for found in (plugin.entries, plugin._load):
        found.cache_clear()


@pytest.mark.usefixtures("lab")
def test_a_kind_of_another_distribution_runs_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"text": text, "target": 2} for text in ("five days", "the city", "two weeks", "days")]
    for place in ("en.train", "sw.test"):
        Path(f"{place}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    Path("study.toml").write_text(STUDY.replace("MODEL", str(tiny.checkpoint("xlmr", tmp_path))))
    for words in (
        ("plan", "study.toml"),
        ("run", "study.toml"),
        ("predict", "plain", "sw.test.jsonl", "--lang", "sw", "--to", "a.jsonl"),
        ("evaluate", "a.jsonl", "--task", "mine", "--as", "again"),
        ("report", "out"),
        ("export", "plain", "x"),
    ):
        assert call(*words) == 0, words
    check_metric("lab.near")
    run = next(key for key, run in Store("out").runs().items() if run.recipe == "" and run.fit.lr)
    kept = Store("out").shown(run, "sw")[0]
    told = json.loads(Path("a.jsonl").read_text().splitlines()[0])["prediction"]
    loaded = isogloss.load("x").answer([{"text": "five days"}], "sw")[0].value
    assert kept.prediction.value == told == pytest.approx(loaded, abs=1e-3)
    assert (kept.gold, kept.output) == ("2.0 stars", f"{told:.1f} stars")
    scored = {row.run for row in Store("out").results().rows if row.metric == "lab.near"}
    assert len(scored) == 3
    with pytest.raises(isogloss.IsoglossError, match=r"no head for lab\.rate tasks on decoder"):
        head_for("lab.rate", "decoder")
