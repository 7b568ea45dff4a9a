"""Words and tags in columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls import calls, growth
from isogloss.core.errors import IsoglossError
from isogloss.reader import conll, source
from isogloss.tasks import udpos

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
    assert first[:4] == (4, "s1", ("Da", "lo", "ya"), ("VERB", "PRON", "ADV"))
    assert second[:4] == (9, "", ("#",), ("SYM",))


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
        ("1\tAl\tO\n2\t\tB-PER\n", r"a\.conllu:2: an empty word"),
        ("1\tAl\t\tx\n", r"a\.conllu:1: an empty tag"),
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
    assert calls(lambda: read(500)) < 20 * 16 * 500, "a few calls a line"


WORDS = "1\tIn\tin\tADP\t_\t_\t0\tx\t_\t_\n2\tden Haag\tHaag\tPROPN\t_\t_\t1\tx\t_\t_\n"


@pytest.mark.parametrize("comment", ["# newdoc id = d", "# newdoc", "# newpar", "# newpar id = p"])
@pytest.mark.parametrize(
    ("body", "tag", "tags"),
    [
        (WORDS, 4, ("ADP", "PROPN")),
        ("1\tIn\tO\t-\t-\n2\tden Haag\tB-LOC\t-\tx\n", 3, ("O", "B-LOC")),
        ("In\tO\nden Haag\tB-LOC\n", -1, ("O", "B-LOC")),
    ],
)
def test_a_document_comment_in_the_first_line_moves_no_column(
    tmp_path: Path, comment: str, body: str, tag: int, tags: tuple[str, ...]
) -> None:
    path = put(tmp_path, f"{comment}\n{body}\n{comment}\n{body}")
    found = conll.layout(path)
    assert (found.tag, found.separator) == (tag, "\t")
    for sentence in conll.read(path, found):
        assert (sentence.words, sentence.tags) == (("In", "den Haag"), tags)


def test_comments_of_other_forms_are_no_words(tmp_path: Path) -> None:
    lines = "# newdoc\n# id 32f domain=en\n# text[eng] = a\nAl B-PER\n# O\n\n# newpar\n# O\n"
    path = put(tmp_path, lines, "a.conll")
    first, second = conll.read(path, conll.layout(path))
    assert (first.words, second.words) == (("Al", "#"), ("#",))


@pytest.mark.parametrize(
    ("lines", "tag", "tags"),
    [
        # xSID: an intent before the slots; also where there is no slot at all
        ("1\tset\talarm/set\tO\n2\tit\talarm/set\tB-what\n", 4, ("O", "B-what")),
        ("1\tset\talarm/set\tO\n2\tit\talarm/set\tO\n", 4, ("O", "O")),
        # GermEval, UNER: the first of two columns of entities
        ("1\tA\tB-LOC\tO\n2\tb\tO\tB-PER\n", 3, ("B-LOC", "O")),
        # TreeTagger: lemmas last; CoNLL-2003: entities last
        ("A\tDET\tder\nb\tNOUN\tb\nc\tNOUN\tc\n", 2, ("DET", "NOUN", "NOUN")),
        ("A NNP B-NP I-LOC\nb NN I-NP O\n", -1, ("I-LOC", "O")),
        ("A NNP S-LOC\nb NN O\n", -1, ("S-LOC", "O")),
        # no UPOS, but XPOS; no tags at all
        ("1\tA\ta\t_\tX\t_\t0\t_\t_\t_\n2\tb\tb\t_\tY\t_\t0\t_\t_\t_\n", 5, ("X", "Y")),
        ("1\tA\t_\t_\n2\tb\t_\t_\n", 3, ("_", "_")),
        ("1\tA\n2\tb\n3\tc\n", None, ()),
        ("1 NUM\n\n2 NUM\n", -1, ("NUM",)),
    ],
)  # fmt: skip
def test_the_column_that_looks_like_tags_is_taken(
    tmp_path: Path, lines: str, tag: int | None, tags: tuple[str, ...]
) -> None:
    path = put(tmp_path, lines)
    found = conll.layout(path)
    assert found.tag == tag
    assert conll.read(path, found)[0].tags == tags


def test_a_broken_line_does_not_move_the_guess(tmp_path: Path) -> None:
    path = put(tmp_path, IOB2 + "\nx\tb\tO\n")
    with pytest.raises(IsoglossError, match=r"a\.conllu:9: 'x' is no word number"):
        conll.read(path, conll.layout(path))


def test_hundreds_of_values_are_no_tags(tmp_path: Path) -> None:
    path = put(tmp_path, "".join(f"w{n} lemma{n}\n" for n in range(300)), "a.conll")
    with pytest.raises(
        IsoglossError, match=r"column -1 .* holds 300 different .*'lemma0'.*no tags"
    ):
        conll.check(path, conll.layout(path))
    slots = "".join(f"w{n} B-slot{n}\n" for n in range(300))
    path = put(tmp_path, slots, "b.conll")
    conll.check(path, conll.layout(path))


def test_a_tab_at_the_end_is_no_column(tmp_path: Path) -> None:
    path = put(tmp_path, "Ann\tB-PER\t\nran\tO \t\n", "a.conll")
    (only,) = conll.read(path, conll.layout(path))
    assert only.tags == ("B-PER", "O")


def test_a_space_inside_a_word_is_not_cut_silently(tmp_path: Path) -> None:
    path = put(tmp_path, "Ann O\nden Haag B-LOC\nran O\n", "a.conll")
    with pytest.raises(IsoglossError, match=r"a\.conll:2: 3 columns \(split at spaces\) where"):
        conll.read(path, conll.layout(path))


def test_an_empty_word_outside_of_all_entities_is_left_out(tmp_path: Path) -> None:
    (only,) = conll.read(put(tmp_path, "1\tA\tO\n2\t\tO\n3\tb\tO\n"), conll.IOB2)
    assert only.words == ("A", "b")


def test_a_file_without_the_column_has_no_tags(tmp_path: Path) -> None:
    path = put(tmp_path, "Ann\nran\n", "a.conll")
    assert [conll.layout(path, 1, column).tag for column in (-1, 2, 4)] == [None] * 3
    assert conll.layout(put(tmp_path, "Ann O\n", "b.conll"), 1, 3).tag is None


@pytest.mark.parametrize(
    "content", ["-DOCSTART- -X- O\n", "-DOCSTART-\n", "# newdoc id = d\n\n", "# a = b\n# newpar\n"]
)  # fmt: skip
def test_a_file_without_words_is_named(tmp_path: Path, content: str) -> None:
    path = put(tmp_path, content, "train.conll")
    with pytest.raises(IsoglossError, match=r"train\.conll: no sentence in it"):
        conll.layout(path)
    with pytest.raises(IsoglossError, match=r"train\.conll: no sentence in it"):
        conll.read(path, conll.TWO)


def test_the_start_of_a_document_ends_a_sentence(tmp_path: Path) -> None:
    path = put(tmp_path, "-DOCSTART- O\nAnn O\n-DOCSTART- O\nran O\n", "a.conll")
    assert [one.words for one in conll.read(path, conll.layout(path))] == [("Ann",), ("ran",)]


def test_every_word_and_tag_is_read_once(tmp_path: Path) -> None:
    sentence = "".join(f"{n}\tword{n}\tB-PER\t-\tx\n" for n in range(1, 17))
    path = put(tmp_path, f"{sentence}\n" * 1000)
    found = conll.read(path, conll.layout(path))
    assert (len(found), sum(len(one.words) for one in found)) == (1000, 16_000)
    assert conll.read(path, conll.layout(path)) is found


def columned(data: Path) -> list[Path]:
    """List the CoNLL-like files of the real data."""
    found = [p for p in data.rglob("*") if p.suffix in (".conllu", ".conll", ".iob2")]
    folders = (data / "ud-2col", data / "restricted" / "masakhaner")
    return sorted(found + [path for folder in folders for path in folder.rglob("*.txt")])


def test_real_files_as_own_data(data: Path) -> None:
    for path in columned(data):
        found = conll.layout(path, None, None)
        usual = {".conllu": (2, 4, "\t"), ".iob2": (2, 3, "\t"), ".conll": (2, 4, "\t")}
        expected = usual.get(path.suffix, (1, -1, None))
        assert (found.word, found.tag, found.separator) == expected, path
        if path.stat().st_size > 1_000_000:
            continue  # the rest of it takes seconds
        items = source.read(path, "tag", ())
        tags = {tag for item in items for tag in item.values["target"]}
        words = {word for item in items for word in item.values["words"]}
        assert len(tags) < len(words), path
        if path.suffix == ".conllu" or path.parts[-3] == "ud-2col":
            assert tags <= set(udpos.LABELS) | {"_"}, path
        else:
            assert all(tag == "O" or tag[:2] in ("B-", "I-") for tag in tags), path
