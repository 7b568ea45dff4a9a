"""Words and tags in columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls import calls, growth
from isogloss.core.errors import IsoglossError
from isogloss.data import conll

CONLLU = """# sent_id = s1
# text = Dámelo ya
1-2\tDámelo\t_\t_\t_\t_\t_\t_\t_\t_
1\tDa\tdar\tVERB\t_\t_\t0\troot\t_\t_
2\tlo\tél\tPRON\t_\t_\t1\tobj\t_\t_
2.1\t#\t#\tPUNCT\t_\t_\t_\t_\t_\t_
3\tya\tya\tADV\t_\t_\t1\tadvmod\t_\t_

1\t#\t#\tSYM\t_\t_\t0\troot\t_\t_
"""
IOB2 = "# sent_id = a\n1\tAl\tB-ORG\t-\tx\n2\t-\tO\n\n\n# sent_id = b\n1\tGo\tO\t-\t-\n"
TWO = "# SYM\n1-2 NUM\n10\u00a0000   NUM\n\nGo VERB\n"


def put(folder: Path, content: str, name: str = "a.conllu") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_multiword_tokens_empty_nodes_and_comments_are_no_words(tmp_path: Path) -> None:
    first, second = conll.read(put(tmp_path, CONLLU), conll.UPOS)
    assert first == (4, "s1", ("Da", "lo", "ya"), ("VERB", "PRON", "ADV"))
    assert second == (9, "", ("#",), ("SYM",))


def test_lines_of_three_columns_in_iob2(tmp_path: Path) -> None:
    first, second = conll.read(put(tmp_path, IOB2), conll.IOB2)
    assert (first.id, first.words, first.tags) == ("a", ("Al", "-"), ("B-ORG", "O"))
    assert (second.id, second.words, second.line) == ("b", ("Go",), 7)


def test_a_hash_is_a_word_in_two_columns(tmp_path: Path) -> None:
    first, second = conll.read(put(tmp_path, TWO), conll.TWO)
    assert (first.words, first.tags) == (("#", "1-2", "10\u00a0000"), ("SYM", "NUM", "NUM"))
    assert second.words == ("Go",)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (CONLLU, (2, 4, True)),
        (IOB2, (2, 3, True)),
        (TWO, (1, -1, False)),
        ("a\nb\n", (1, None, False)),
    ],
)
def test_the_layout_is_told_from_the_first_sentence(
    tmp_path: Path, content: str, columns: tuple[int, int, bool]
) -> None:
    found = conll.layout(put(tmp_path, content))
    assert (found.word, found.tag, found.numbered) == columns


def test_conll_2003(tmp_path: Path) -> None:
    path = put(tmp_path, "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n")
    (only,) = conll.read(path, conll.layout(path))
    assert (only.words, only.tags) == (("EU", "rejects"), ("B-ORG", "O"))
    (only,) = conll.read(path, conll.layout(path, 1, 2))
    assert only.tags == ("NNP", "VBZ")


def test_columns_by_name(tmp_path: Path) -> None:
    path = put(tmp_path, CONLLU)
    found = conll.layout(path, "form", "deprel")
    assert conll.read(path, found)[0].tags == ("root", "obj", "advmod")
    with pytest.raises(IsoglossError, match=r"'uppos'\n.*'upos'"):
        conll.layout(path, "form", "uppos")
    with pytest.raises(IsoglossError, match="no column 0"):
        conll.layout(path, 0, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1\tAl\tO\n2\tb\n", r"a\.conllu:2: 2 columns \(split at tabs\), words are in column 2"),
        ("1\tAl\tO\nx\tb\tO\n", r"a\.conllu:2: 'x' is no word number"),
        ("# only = a comment\n", r"a\.conllu: no sentence"),
    ],
)
def test_broken_lines(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        conll.read(put(tmp_path, content), conll.IOB2)


def test_the_work_grows_with_the_lines(tmp_path: Path) -> None:
    sentence = "".join(f"{n}\tword{n}\tB-PER\t-\tx\n" for n in range(1, 17))

    def read(count: int) -> None:
        path = put(tmp_path, f"{sentence}\n" * count)
        assert len(conll.read(path, conll.IOB2)) == count

    assert growth(read, 500) < 2.1
    assert calls(lambda: read(500)) < 8 * 16 * 500, "a few calls a line"
