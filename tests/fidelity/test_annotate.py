"""Sheets for annotators: drawn by verdict, blind, and read back into a corrected rate."""

from __future__ import annotations

import csv
import json
import math
import random
import shutil
import subprocess
from collections import Counter
from dataclasses import asdict
from html import unescape
from pathlib import Path

import pytest

from fake_identifier import telling
from isogloss.core.errors import IsoglossError
from isogloss.fidelity import Judge, annotation
from isogloss.fidelity.agreement import alpha, kappa, squared
from isogloss.fidelity.annotate import Sheet, Text, draw, from_file, write
from isogloss.fidelity.annotation import Answers, Key
from isogloss.report.sheet import page

WORDS = ("река", "поднялась", "город", "дорога", "человек", "работа", "вечер", "книга")


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)


def judging() -> Judge:
    """Call German what holds a certain letter, and Russian all else."""
    return Judge(telling(lambda text: ("de" if "ж" in text else "ru", 0.999)))


def made(system: str, n: int, wrong: int, empty: int = 0) -> list[Text]:
    """Make up answers; the first ones are wrong by the judge, the last ones empty."""
    rng = random.Random(system)
    found = []
    for i in range(n):
        words = [rng.choice(WORDS) for _ in range(6)]
        if i < wrong:
            words = ["дождь"] * 2 + ["жар", "ждать", "нож", "жизнь"]
        text = "" if i >= n - empty else " ".join(words) + f" {i}"
        found.append(Text(system, str(i), text, f"asked {i}"))
    return found


def judged(sheet: Sheet, say: dict[str, str] | None = None) -> tuple[Answers, Key]:
    """Answer a sheet: as the identifier, except for the codes that are said."""
    key = Key(sheet.lang, sheet.signature, sheet.population, {x.code: x for x in sheet.lines})
    language = {
        line.code: {
            "ana": (say or {}).get(line.code, "right" if line.verdict == "right" else "wrong")
        }
        for line in sheet.lines
    }
    return Answers(language, annotators=["ana"]), key


def test_draws_every_verdict_and_weighs() -> None:
    texts = made("one", 200, wrong=6, empty=10)
    sheet = draw(texts, "ru", judging(), n=20)
    counts = Counter(line.verdict for line in sheet.lines)
    assert sheet.population == {"one": {"right": 184, "wrong": 6, "empty": 10}}
    assert counts == {"right": 14, "wrong": 6}
    weights: Counter[str] = Counter()
    for line in sheet.lines:
        weights[line.verdict] += line.weight
    assert weights["right"] == pytest.approx(184)
    assert weights["wrong"] == pytest.approx(6)


def test_the_seed_decides() -> None:
    texts = made("one", 50, wrong=9)
    first, again, other = (draw(texts, "ru", judging(), 10, seed) for seed in (1, 1, 2))
    assert first == again
    assert {x.code for x in first.lines}.isdisjoint(x.code for x in other.lines)
    assert [x.item for x in first.lines] != sorted(x.item for x in first.lines)


def test_systems_answer_the_same_items() -> None:
    texts = made("one", 60, wrong=5) + made("two", 60, wrong=20)
    sheet = draw(texts, "ru", judging(), n=24)
    by_item: dict[str, set[str]] = {}
    for line in sheet.lines:
        by_item.setdefault(line.item, set()).add(line.system)
    assert all(systems == {"one", "two"} for systems in by_item.values())
    assert len(sheet.lines) == 24
    apart = [Text(one.system, f"{one.system} {one.item}", one.text) for one in texts]
    assert len(draw(apart, "ru", judging(), n=24).lines) == 24
    with pytest.raises(IsoglossError, match="answers item '3' twice"):
        draw([*texts, texts[3]], "ru", judging(), 5)
    with pytest.raises(IsoglossError, match="no texts"):
        draw([Text("one", "1", " ")], "ru", judging(), 5)


def test_the_sheet_is_blind(tmp_path: Path) -> None:
    sheet = draw(made("secret-system", 30, wrong=4), "ru", judging(), 12)
    path = tmp_path / "sheet.csv"
    key = write(sheet, path)
    shown = path.read_text(encoding="utf-8-sig") + page(sheet, "sheet")
    for hidden in ("secret-system", "verdict", "wrong\n", '"weight"'):
        assert hidden not in shown
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == [line.code for line in sheet.lines]
    assert [row["text"] for row in rows] == [text.text for text in sheet.texts]
    assert annotation.read_key(key).lines == {line.code: line for line in sheet.lines}
    with pytest.raises(IsoglossError, match="exists already"):
        write(sheet, path)


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    bad = '=cmd|"/c"!A1 </script><img src=x onerror=alert(1)> <!-- {{ 7 * 7 }}'
    sheet = draw([Text("one", "1", bad, "-1")], "ru", judging(), 5)
    write(sheet, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["text"] == "'" + bad
    assert row["input"] == "'-1"
    html = page(sheet, "s</script>")
    assert html.count("</script>") == 2
    assert "<img" not in html
    assert "<!-- {{" not in html
    assert "http://" not in html
    assert "https://" not in html
    data = html.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["items"] == [{"code": sheet.lines[0].code, "input": "-1", "text": bad}]


DRIVE = """<script>
const press = (...keys) => keys.forEach(key =>
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
press("y", "4", "ArrowRight", "n", "ArrowRight", "ArrowLeft", "ArrowLeft", "m");
const type = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("input")); };
type("note", '=a "quoted", note');
document.title = JSON.stringify({ csv: csv(), count: $("count").value, rows: state.at });
</script></body>"""


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_the_page_works_by_keyboard(tmp_path: Path) -> None:
    bad = '</script><b>"x"</b>\n=1'
    sheet = draw([Text("one", str(i), f"{bad} {i}", "-q") for i in range(3)], "ru", judging(), 3)
    path = tmp_path / "sheet.html"
    path.write_text(page(sheet, "s").replace("</body>", DRIVE), encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'u'}")
    command = [str(BROWSER), *flags, "--dump-dom", path.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, timeout=100).stdout.decode()
    told = json.loads(unescape(dom.split("<title>")[1].split("</title>")[0]))
    assert told["count"] == "1 of 3, 2 judged"
    saved = tmp_path / "ana.csv"
    saved.write_text(told["csv"], encoding="utf-8")
    _, key = judged(sheet)
    found = annotation.read([saved], key)
    first, second = (line.code for line in sheet.lines[:2])
    assert found.language == {first: {"ana": "mixed"}, second: {"ana": "wrong"}}
    assert found.quality == {first: {"ana": 4.0}}
    with saved.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["text"] == sheet.texts[0].text
    assert row["input"] == "'-q"
    assert row["note"] == '\'=a "quoted", note'


def test_people_correct_the_rate() -> None:
    texts = made("one", 200, wrong=40, empty=10)
    sheet = draw(texts, "ru", judging(), n=60)
    codes = {
        kind: [x.code for x in sheet.lines if x.verdict == kind] for kind in ("right", "wrong")
    }
    # of 30 that pass 6 are wrong, of 30 that fail 3 are right
    say = dict.fromkeys(codes["right"][:6], "mixed") | dict.fromkeys(codes["wrong"][:3], "right")
    found = annotation.corrected(*judged(sheet, say), "one")
    right = 150 * 24 / 30 + 40 * 3 / 30
    assert found.n == 60
    assert found.apparent == pytest.approx(150 / 200)
    assert found.rate.value == pytest.approx(right / 200)
    passed, refused = 150 * 24 / 30, 10 + 40 * 27 / 30
    assert found.sensitivity.value == pytest.approx(passed / right)
    assert found.specificity.value == pytest.approx(refused / (200 - right))
    youden = found.sensitivity.value + found.specificity.value - 1
    gladen = (found.apparent + found.specificity.value - 1) / youden
    assert found.rate.value == pytest.approx(gladen)
    assert found.rate.low < found.rate.value < found.rate.high < found.apparent + 0.05


def test_the_interval_covers() -> None:
    """In 19 of 20 samples, more or less, the truth lies inside."""
    texts = made("one", 300, wrong=60)
    rng = random.Random(0)
    truth = {i: rng.random() < (0.3 if i < 60 else 0.9) for i in range(300)}
    want = sum(truth.values()) / 300
    inside, judge = 0, judging()
    for seed in range(40):
        sheet = draw(texts, "ru", judge, 60, seed)
        say = {x.code: "right" if truth[int(x.item)] else "wrong" for x in sheet.lines}
        found = annotation.corrected(*judged(sheet, say), "one")
        inside += found.rate.low <= want <= found.rate.high
    assert inside >= 35


def test_unsure_and_split_texts_are_left_out() -> None:
    sheet = draw(made("one", 40, wrong=10), "ru", judging(), 20)
    answers, key = judged(sheet)
    first, second, third = (line.code for line in sheet.lines[:3])
    answers.language[first] = {"ana": "unsure"}
    answers.language[second] = {"ana": "right", "ben": "wrong"}
    answers.language[third] = {"ana": "right", "ben": "wrong", "eve": "mixed"}
    assert [answers.settled(code) for code in (first, second, third)] == ["", "", "wrong"]
    assert annotation.corrected(answers, key, "one").n == 18


def test_preference() -> None:
    sheet = draw(made("one", 30, wrong=3) + made("two", 30, wrong=3), "ru", judging(), 20)
    answers, key = judged(sheet)
    for line in sheet.lines:
        answers.quality[line.code] = {"ana": 4.0 if line.system == "two" else 3.0}
    (found,) = annotation.preferences(answers, key)
    assert (found.one, found.two, found.wins, found.ties) == ("one", "two", 0, 0)
    assert found.losses == 10
    assert found.share == 0.0
    assert found.p == pytest.approx(2 / 2**10)


def test_kappa_and_alpha() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: the standard example, kappa 0.4
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    rated = [{"a": one, "b": two} for one, two in pairs]
    assert kappa(rated, "a", "b") == pytest.approx(0.4)
    assert math.isnan(kappa([{"a": "y"}], "a", "b"))
    assert math.isnan(kappa([{"a": "y", "b": "y"}], "a", "b"))
    # Krippendorff 2011, example C: four observers, gaps; nominal .743, interval .849
    observers = {
        "a": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "b": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "c": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "d": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    units = [
        {who: float(values[i]) for who, values in observers.items() if values[i] is not None}
        for i in range(12)
    ]
    assert alpha(units) == pytest.approx(0.743, abs=5e-4)
    assert alpha(units, squared) == pytest.approx(0.849, abs=5e-4)
    assert math.isnan(alpha([{"a": "y"}]))


def test_reads_what_spreadsheets_write(tmp_path: Path) -> None:
    sheet = draw(made("one", 10, wrong=2), "ru", judging(), 4)
    _, key = judged(sheet)
    first, second = sheet.lines[0].code, sheet.lines[1].code
    path = tmp_path / "ana.csv"
    path.write_bytes(
        f'code;text;language;quality\r\n{first};"a\nb";Right ;5\r\n{second};;;\r\n'.encode(
            "utf-8-sig"
        )
    )
    found = annotation.read([path], key)
    assert found.language == {first: {"ana": "right"}}
    assert found.quality == {first: {"ana": 5.0}}
    for line, what in (
        (f"{first},rigth,", "did you mean 'right'"),
        (f"{first},right,9", "quality is '9'"),
        ("abc,right,", "not in the key"),
        (f"{first},,", "no text is judged"),
    ):
        path.write_text(f"code,language,quality\n{line}\n")
        with pytest.raises(IsoglossError, match=what):
            annotation.read([path], key)
    path.write_text("code,text\n")
    with pytest.raises(IsoglossError, match="no column 'language'"):
        annotation.read([path], key)


def test_reads_one_language_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    rows = [
        {"text": "a", "lang": "swh", "q": "x", "model": "m"},
        {"text": "b", "lang": "fr", "q": "y", "model": "m"},
        {"text": None, "lang": "sw", "q": "z", "model": "k"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = from_file(path, "sw", input="q", system="model")
    assert [tuple(asdict(one).values()) for one in found] == [
        ("m", "x", "a", "x"),
        ("k", "z", "", "z"),
    ]
    with pytest.raises(IsoglossError, match="no column 'modle'"):
        from_file(path, "sw", system="modle")


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 100_000, "{}", '{"format": 1}', '{"lines": [[1]]}', '{"lines": 1}']
)
def test_a_broken_key_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sheet.key.json"
    path.write_text(text)
    with pytest.raises(IsoglossError, match=r"sheet\.key\.json"):
        annotation.read_key(path)
