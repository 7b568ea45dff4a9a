"""The command `isogloss fidelity`: one report, and clear errors."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from command import call as command
from isogloss.cli import main
from isogloss.fidelity import published

LINES = [
    ("fr", "Le fleuve a monté de trois mètres.", "a"),
    ("fr", "il y a three jours", "a"),
    ("fr", "The river rose by three metres.", "a"),
    ("fr", "", "b"),
    ("fr", "26 km", "b"),
    ("th", "The river rose by three metres.", "b"),
    ("th", "แม่น้ำสูงขึ้นสามเมตรหลังจากฝนตกหนักสองวัน", "b"),
]


call = partial(command, "fidelity")


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.jsonl"
    rows = [{"lang": lang, "text": text, "model": model} for lang, text, model in LINES]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_the_report(outputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers, verdicts, page = tmp_path / "n.json", tmp_path / "v.jsonl", tmp_path / "p.html"
    assert call(outputs, "--json", numbers, "--verdicts", verdicts, "--html", page) == 0
    report = capsys.readouterr().out
    header, french, thai, mean = report.splitlines()[:4]
    assert header.split()[:5] == ["lang", "n", "judged", "rate", "sibling"]
    assert french.split()[:4] == ["fr", "5", "80.0", "25.0"]
    assert "en 40.0" in french
    assert thai.split()[:4] == ["th", "2", "100.0", "50.0"]
    assert mean.split()[0] == "mean"
    assert "[en 20.0: three]" in report
    assert "signature: py3langid" in report
    found = json.loads(numbers.read_text("utf-8"))
    assert found["n"] == 7
    french = found["groups"][0]
    assert french["verdicts"]["empty"] == french["verdicts"]["short"] == 1
    assert (french["worst"], french["best"]) == (0.2, 0.4)
    assert french["low"] < french["rate"] < french["high"]
    told = [json.loads(line) for line in verdicts.read_text("utf-8").splitlines()]
    assert [one["line"] for one in told] == list(range(1, 8))
    assert told[1]["foreign"][0]["text"] == "three"
    drawn = page.read_text("utf-8")
    assert "<mark>three</mark>" in drawn
    assert "<svg" in drawn
    assert "http" not in drawn


def test_published_measures_stand_beside_the_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    published.tokenizer.cache_clear()
    path, words, numbers = tmp_path / "a.jsonl", tmp_path / "words", tmp_path / "n.json"
    texts = [
        ("ru", "Река поднялась на три метра после дождя"),
        ("ru", "Река поднялась на три метра после river дождя и ветра"),
        ("th", "The_river_rose"),
        ("zh", "河水在两天的大雨之后上涨了三米。"),
    ]
    lines = [json.dumps({"lang": lang, "text": text}) for lang, text in texts]
    path.write_text("\n".join(lines), "utf-8")
    words.write_text("river\nthree\n", "utf-8")
    assert call(path, "--published", "--words", words, "--json", numbers) == 0
    report = capsys.readouterr().out.split("Published measures")[1]
    rows = {line.split()[0]: line.split()[1:] for line in report.splitlines()[2:5]}
    assert rows["ru"][2:6] == ["100.0", "50.0", "66.7", "0.0"]
    assert rows["th"][1:5] == ["0.0", "100.0", "–", "–"]  # all skipped, so all passed
    assert rows["zh"][2:6] == ["–"] * 4
    assert report.count("pip install jieba") == 1
    russian, thai, _ = (group["published"] for group in json.loads(numbers.read_text())["groups"])
    assert (russian["lpr"], russian["wpr"]) == (1.0, 0.5)
    assert (thai["lpr_skipped"], thai["correct_language_rate"]) == (1.0, None)
    assert call(path, "--published") == 0
    assert "WPR and LCPR are left out" in capsys.readouterr().out
    published.tokenizer.cache_clear()


def test_groups_columns_and_one_language_for_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "model,prompt,out,gold\n"
        "a,Le fleuve monte.,Le fleuve monte.,Das Wasser steigt.\n"
        "b,Le fleuve monte.,Das Wasser steigt heute.,Das Wasser steigt.\n"
        "b,Das Wasser steigt.,Das Wasser steigt.,Das Wasser steigt.\n"
    )
    assert (
        call(
            path, "--lang", "deu", "--text-column", "out", "--input-column", "prompt",
            "--reference-column", "gold", "--by", "model",
        )
        == 0
    )  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert "reference" in lines[0]
    assert lines[1].split()[:5] == ["a", "de", "1", "100.0", "0.0"]
    assert lines[2].split()[:5] == ["b", "de", "2", "100.0", "100.0"]
    assert "copied" in "\n".join(lines)


def test_one_bad_line_does_not_stop_the_rest(
    outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = outputs.read_text("utf-8").splitlines() * 20
    lines[30] = '{"lang": "fr", "text": '
    lines[60] = '{"lang": "frr-Nope", "text": "x"}'
    lines[61] = '{"lang": "fr", "text": 3}'
    lines[62] = '{"lang": "fr"}'
    outputs.write_text("\n".join(lines), "utf-8")
    assert call(outputs) == 0
    report = capsys.readouterr().out
    assert "outputs.jsonl: 4 broken of 140 lines, the first 31: broken JSON" in report


def test_lines_that_nothing_could_write_lose_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "b\udce9.jsonl"  # a name that is no text either
    good = json.dumps({"text": "Le fleuve a monté de trois mètres.", "prompt": "x", "model": "a"})
    bad = [
        r'{"text": "Le fleuve a monté \ud800 cette nuit.", "prompt": "\udc00", "model": "a\ud800"}',
        r'{"text": "The river rose \ud83d by \u001b[31mthree metres.", "prompt": "", "model": "a"}',
        r'{"text": {"a": ["\ud800"]}, "prompt": "x", "model": "a"}',
        r'{"text": "' + "x" * 300_000 + r' \u0000", "prompt": "x", "model": "a"}',
        '{"text": "\0", "prompt": "x", "model": "a"}',
    ]
    path.write_text("\n".join([good] * 20 + bad), "utf-8")
    verdicts, numbers, page = tmp_path / "v", tmp_path / "n", tmp_path / "h"
    args = ["--by", "model", "--input-column", "prompt", "--examples", 3, "--published"]
    args += ["--verdicts", verdicts, "--json", numbers, "--html", page]
    assert call(path, "--lang", "fr", *args) == 0
    report = capsys.readouterr().out
    assert "2 broken of 25 lines, the first 23: 'text' holds dict, not text" in report
    assert "half a character (a lone surrogate) read as \ufffd in 2 lines, the first 21" in report
    assert "\x1b" not in report
    told = [json.loads(line) for line in verdicts.read_text("utf-8").splitlines()]
    assert [one["line"] for one in told] == [*range(1, 23), 24]
    assert [one["verdict"] for one in told[20:22]] == ["right", "wrong"]
    found = json.loads(numbers.read_text("utf-8"))
    assert found["n"] == 23
    assert [one["first"] for one in found["mended"].values()] == [[21, 22]]
    assert "\ufffd" in page.read_text("utf-8")


def test_a_text_file_has_a_text_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "o.txt"
    path.write_text("Le fleuve a monté.\n\nThe river rose by three metres.\n")
    assert call(path, "--lang", "fra_Latn") == 0
    report = capsys.readouterr().out
    assert report.splitlines()[1].split()[:4] == ["fr", "3", "100.0", "33.3"]
    assert "wrong     fr   line 3: The river" in report
    assert call(path) == 2
    assert "give one language for all with --lang" in capsys.readouterr().err


def test_names_and_handles_move_no_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "o.jsonl"
    texts = [
        ("ru", "Instagram это сайт"),
        ("hi", "Instagram पर यह वीडियो है"),
        ("en", "@user @user @user @user @user thank you very much my friend"),
    ]
    path.write_text("\n".join(json.dumps({"lang": lang, "text": text}) for lang, text in texts))
    assert call(path) == 0
    rows = capsys.readouterr().out.splitlines()[1:4]
    assert [row.split()[:4] for row in rows] == [
        [lang, "1", "100.0", "100.0"] for lang in ("en", "hi", "ru")
    ]


@pytest.mark.parametrize(
    ("lang", "text", "says"),
    [
        ("sr", "Sva ljudska bića rađaju se slobodna i jednaka", "ask for sr-Latn"),
        ("sr-Latn", "Сва људска бића рађају се слободна и једнака", "ask for sr"),
        ("uz", "Барча одамлар эркин, қадр-қиммат ва ҳуқуқларда тенг", "ask for uz-Cyrl"),
        ("az", "Бүтүн инсанлар ләјагәт вә һүгугларына ҝөрә азад", "ask for az-Cyrl"),
        ("az", "بوتون اینسانلار لیاقت و حقوقلارینا گؤره آزاد", "ask for az-Arab"),
        ("kk", "بارلىق ادامدار تۋمىسىنان ازات جانە قادىر-قاسيەتى مەن", "ask for kk-Arab"),
        ("ms", "سموا مانسي دلاهيركن بيبس دان سامارات دري سڬي", "ask for ms-Arab"),
        ("pa", "سارے انسان آزاد تے حقوق تے عزت دے لحاظ توں برابر", "ask for pa-Arab"),
        ("zh", "這個國家的學生們都說漢語", "ask for zh-Hant"),
        ("zh-Hant", "这个国家的学生们都说汉语", "ask for zh"),
        ("hi", "main ghar ja raha hoon aur khana kha raha hoon", "ask for hi-Latn"),
        ("mn", "ᠬᠦᠮᠦᠨ ᠪᠦᠷ ᠲᠥᠷᠥᠵᠦ ᠮᠡᠨᠳᠡᠯᠡᠬᠦ", "ask for mn-Mong"),
        ("uz", "The river rose by three metres", ""),
        ("ru", "The river rose by three metres", ""),
        ("sr", "Река је порасла за три метра после кише", ""),
    ],
)
def test_a_language_in_another_script_points_to_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, text: str, says: str
) -> None:
    path, page, numbers = tmp_path / "a.txt", tmp_path / "p.html", tmp_path / "n.json"
    path.write_text(f"{text}\n" * 4, "utf-8")
    assert call(path, "--lang", lang, "--html", page, "--json", numbers) == 0
    printed = capsys.readouterr().out
    hint = json.loads(numbers.read_text("utf-8"))["groups"][0]["hint"]
    assert (hint in printed and hint in page.read_text("utf-8")) or not says
    assert hint.endswith(says) if says else "ask for" not in printed + hint


@pytest.mark.parametrize(
    ("name", "content", "args", "says"),
    [
        ("a.jsonl", b'{"lang": "fr", "txt": "x"}\n', [], "a.jsonl:1: no column 'text'"),
        ("a.jsonl", b'{"lang": "fr", "txt": "x"}\n', [], "did you mean 'txt'"),
        (
            "a.csv",
            b"lang,output\nfr,x\n",
            [],
            "its columns: lang, output; name one with --text-col",
        ),
        ("a.csv", b"lang,text\nfr,x\n", ["--input-column", "p"], "name one with --input-column"),
        ("a.csv", b"lang,text\nfr,x\n", ["--by", "p"], "name one with --by"),
        ("a.jsonl", b'{"text": "x"}\n', [], "no column 'lang'"),
        ("a.jsonl", b'{"text": "x"}\n', ["--lang", "zz-Foo"], "unknown language 'zz-Foo'"),
        ("a.jsonl", b'{"text": "x"}\n', ["--lang", "als"], "name one: 'sq' (Albanian), 'gsw' ("),
        ("a.jsonl", b'{"text": "x", "lang": "swahilli"}\n', [], "a.jsonl:1: unknown language"),
        ("a.jsonl", b'{"text": "x", "lang": "no"}\n{"text": "x", "lang": "qq"}\n' * 2, [], ":2:"),
        ("a.jsonl", b"\x00\x01\x02", [], "a.jsonl:1: a binary file"),
        ("a.jsonl", '{"text": "é", "lang": "fr"}'.encode("latin-1"), [], "a.jsonl:1: not UTF-8"),
        ("a.csv", "text,lang\né,fr\n".encode("utf-16"), [], "UTF-16"),
        ("a.jsonl", b"", [], "no line to judge"),
        ("a.xlsx", b"x", [], "can't read '.xlsx'"),
        ("a.jsonl", b'{"text": "x", "lang": "fr"}', ["--identifier", "py3langit"], "py3langid"),
        ("a.jsonl", b'{"text": "x", "lang": "fr"}', ["--json", "no/such/x"], "can't write"),
    ],
)
def test_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes,
    args: list[str], says: str,
) -> None:  # fmt: skip
    path = tmp_path / name
    path.write_bytes(content)
    assert call(path, *args) == 2
    assert says in capsys.readouterr().err


def test_a_page_escapes_what_models_write(tmp_path: Path) -> None:
    path, page = tmp_path / "a.jsonl", tmp_path / "p.html"
    text = "<script>alert(1)</script> the river rose \u202eand the people left"
    row = {"lang": "fr", "text": text, "model": "<b>"}
    path.write_text(json.dumps(row), "utf-8")
    assert call(path, "--html", page, "--by", "model") == 0
    drawn = page.read_text("utf-8")
    assert "<script" not in drawn
    assert "<b>" not in drawn
    assert "\u202e" not in drawn


def test_show_tells_how_well_a_language_can_be_judged(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, says in (
        ("sw", "10 words: 100% judged"),
        ("nb", "of those in da"),
        ("id", "told from ms by some words alone"),
        ("hr", "told from bs, sr-Latn by some words alone"),
        ("ja", "told from zh by kana"),
        ("ar", "stands for"),
        ("br", "not measured on real text"),
    ):
        main(["show", lang])
        assert says in capsys.readouterr().out


def test_neither_the_command_nor_the_function_imports_torch(outputs: Path) -> None:
    code = (
        "import sys, isogloss, isogloss.cli as c\n"
        "isogloss.measure_fidelity(['hace veinte horas'], 'es')\n"
        "try: c.main(['fidelity', sys.argv[1]])\n"
        "except SystemExit as e: assert not e.code\n"
        "heavy = {'torch', 'transformers', 'peft', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, outputs], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_cells_over_lines_and_long_ones_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(
        'lang\ttext\nfr\t"Le fleuve a monté\nThe river rose by three metres"\n', "utf-8"
    )
    assert call(path) == 0
    assert "mixed     fr   line 2: Le fleuve a monté The river rose" in capsys.readouterr().out
    long = " ".join(f"Le fleuve {i} a monté de trois mètres." for i in range(4000))
    path = tmp_path / "a.csv"
    path.write_text(f'lang,text\nfr,"{long}"\n', "utf-8")
    assert call(path) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:4] == ["fr", "1", "100.0", "100.0"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_memory_stays_constant_over_many_lines(tmp_path: Path) -> None:
    """Twenty times the lines, none the same, take hardly more memory."""
    code = (
        "import resource, sys, isogloss.cli as c\n"
        "try: c.main(['fidelity', sys.argv[1], '--lang', 'fr'])\n"
        "except SystemExit as e: assert not e.code\n"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for count in (10_000, 200_000):
        path = tmp_path / f"{count}.jsonl"
        with path.open("w") as file:
            for i in range(count):
                file.write(f'{{"text": "Le fleuve {i} a monté de {i % 97} mètres cette nuit."}}\n')
        done = subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout.split("peak")[1]))
    assert peaks[1] < 1.5 * peaks[0], peaks
