"""The language registry: every code resolves, round-trips, or fails naming the right one."""

from __future__ import annotations

import ast
import importlib.util
import pickle
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls import calls
from isogloss.core.errors import IsoglossError
from isogloss.language import registry
from isogloss.language.registry import Language, canonical, describe, find_language, languages

ALL = languages()


def shipped(module: str) -> set[str]:
    """Read a tokenizer's language codes from transformers' source, without importing it."""
    spec = importlib.util.find_spec("transformers")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "models" / module / f"tokenization_{module}.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_CODES"):
            codes = ast.literal_eval(node.value)
            return set(codes["m2m100"] if isinstance(codes, dict) else codes)
    raise AssertionError(f"no language codes in {path}")


# -- the whole table ------------------------------------------------------------------------


def test_codes_and_names_are_unique():
    assert len(ALL) > 7_900
    assert [lang.code for lang in ALL] == sorted({lang.code for lang in ALL})
    assert len({lang.name for lang in ALL}) == len(ALL)


def test_every_code_of_a_language_finds_it():
    for lang in ALL:
        codes = [lang.code, lang.flores, lang.nllb, lang.mbart, lang.m2m]
        codes += [f"{lang.iso3}_{lang.script}", f"{lang.code.partition('-')[0]}-{lang.script}"]
        if lang.script == lang.scripts[0]:
            codes += [lang.iso1, lang.iso3 if lang.iso3 != "als" else None]
        for code in filter(None, codes):
            assert find_language(code) is lang, code
            assert canonical(code) == lang.code


def test_every_spelling_has_a_language_and_none_is_ambiguous_too():
    table = registry._table()
    for spelling, code in table.spellings.items():
        assert find_language(spelling).code == code
    assert not table.spellings.keys() & table.ambiguous.keys()
    assert not table.spellings.keys() & table.countries.keys()


def test_fields_have_their_shape():
    for lang in ALL:
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?", lang.code)
        assert re.fullmatch(r"[a-z]{3}", lang.iso3), lang
        assert lang.iso1 is None or lang.code.startswith(lang.iso1), lang
        assert lang.glottocode is None or re.fullmatch(r"[a-z0-9]{4}\d{4}", lang.glottocode)
        assert lang.macro is None or re.fullmatch(r"[a-z]{3}", lang.macro)
        assert lang.name
        assert lang.family
        assert lang.script in registry._table().scripts


def test_scripts_of_a_language_are_entries_that_agree():
    for lang in ALL:
        base = lang.code.partition("-")[0]
        entries = [find_language(f"{base}-{script}") for script in lang.scripts]
        assert lang in entries
        assert entries[0].code == base
        assert len({(e.iso3, e.family, e.scripts, e.macro) for e in entries}) == 1


def test_flores_covers_nllb():
    flores = {lang.flores for lang in ALL if lang.flores}
    assert len(flores) == 204
    assert flores - shipped("nllb") == {"arb_Latn", "min_Arab", "sat_Olck"}
    assert {lang.nllb for lang in ALL if lang.nllb} == shipped("nllb")


@pytest.mark.parametrize(
    ("field", "module", "count"), [("mbart", "mbart50", 52), ("m2m", "m2m_100", 100)]
)
def test_code_set_is_that_of_the_tokenizer(field: str, module: str, count: int):
    codes = [getattr(lang, field) for lang in ALL if getattr(lang, field)]
    assert len(codes) == len(set(codes)) == count
    assert set(codes) == shipped(module)


def test_backbones_saw_as_many_languages_as_their_papers_say():
    seen = Counter(backbone for lang in ALL for backbone in lang.seen)
    assert seen == {
        **dict.fromkeys(("mt5", "byt5", "umt5"), 101 + 6 + 1),  # Latin scripts; zh-Hant
        "xlmr": 100 - 1,  # Burmese in Zawgyi is no script of its own
        "mbert": 104,
        "mbart": 25,
        "mbart50": 52,
        "m2m100": 100,
        "nllb": 202,
        "bloom": 46,
        "xglm": 30,
    }
    assert {lang.mbart for lang in ALL if "mbart" in lang.seen} == shipped("mbart")


def test_py3langid_labels_are_those_of_its_model():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    labels = set(LanguageIdentifier.from_model_file(MODEL_FILE).labels) - {"zxx"}
    found = [lang for lang in ALL if "py3langid" in lang.identifiers]
    assert {lang.identifiers["py3langid"] for lang in found} == labels
    meant = {lang.code: canonical(lang.identifiers["py3langid"]) for lang in found}
    assert {code for code, other in meant.items() if code != other} == {"zh-Hant"}


def test_labels_mean_their_language():
    odd = {("lid176", "als"), ("lid176", "bh"), ("cld2", "bh")}
    for lang in ALL:
        for identifier, label in lang.identifiers.items():
            if (identifier, label) not in odd:
                assert find_language(label).iso3 == lang.iso3, (lang.code, identifier, label)
    assert find_language("gsw").identifiers["lid176"] == "als"
    assert "lid176" in find_language("sq").identifiers


def test_direction_and_spacing_follow_the_script():
    right = {lang.code for lang in ALL if lang.rtl}
    assert {"ar", "fa", "he", "ur", "ps", "ug", "yi", "dv", "ks", "ckb", "pa-Arab"} < right
    assert not right & {"en", "ha", "uz", "ks-Deva", "ar-Latn", "hi", "th"}
    joined = {lang.code for lang in ALL if not lang.spaced}
    assert {"zh", "zh-Hant", "ja", "th", "lo", "km", "my", "bo", "dz", "yue", "shn"} < joined
    assert not joined & {"ko", "vi", "en", "hi", "am", "zh-Latn", "ja-Latn"}


# -- decisions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("sw", "sw"), ("swa", "sw"), ("swh", "sw"), ("swh_Latn", "sw"), ("sw_KE", "sw"),
        ("ara", "ar"), ("arb", "ar"), ("ary", "ary"), ("no", "nb"), ("nor", "nb"), ("nn", "nn"),
        ("zh", "zh"), ("zho", "zh"), ("cmn", "zh"), ("zh-Hans", "zh"), ("zh_CN", "zh"),
        ("zh-cn", "zh"), ("zh-TW", "zh-Hant"), ("zho-TW", "zh-Hant"), ("zho_Hant", "zh-Hant"),
        ("cmn_Hani", "zh"), ("zh-Hant-HK", "zh-Hant"), ("yue", "yue"), ("sr", "sr"),
        ("srp_Latn", "sr-Latn"), ("sr-Cyrl", "sr"), ("quy", "qu"), ("que", "qu"), ("quz", "quz"),
        ("gug", "gn"), ("grn_Latn", "gn"), ("aym", "ay"), ("ayr_Latn", "ay"), ("est", "et"),
        ("ekk", "et"), ("lvs", "lv"), ("pes_Arab", "fa"), ("fas", "fa"), ("prs", "prs"),
        ("fa-AF", "prs"), ("azj", "az"), ("azb", "azb"), ("khk", "mn"), ("zsm", "ms"),
        ("als", None), ("als_Latn", "sq"), ("alb", "sq"), ("gsw", "gsw"),
        ("ory", "or"), ("ydd", "yi"), ("pbt", "ps"), ("plt", "mg"), ("gaz", "om"),
        ("npi", "ne"), ("fuv", "ff"), ("knc", "kr"), ("kmr", "ku"), ("ckb", "ckb"), ("iw", "he"),
        ("fil", "tl"), ("tl_XX", "tl"), ("hmn", "mww"), ("ns", "nso"), ("aka", "ak"),
        ("twi", "tw"), ("ajp", "ajp"), ("apc", "apc"), ("nqo_Nkoo", "nqo"), ("qaf", "qaf"),
        ("eng-US", "en"), ("pt-BR", "pt"), ("EN", "en"), ("ger", "de"), ("sat_Beng", "sat"),
        ("pa-PK", "pa-Arab"), ("es-419", "es"), ("hin_Latn", "hi-Latn"), ("bih", None),
        ("bat-smg", "sgs"), ("roa-rup", "rup"), ("fiu-vro", "vro"), ("zh-classical", "lzh"),
        ("zh-min-nan", "nan"), ("zh-yue", "yue"), ("be-x-old", "be"), ("cbk-zam", "cbk"),
        ("sr-ec", "sr"), ("sr-el", "sr-Latn"), ("mo", "ro"), ("kr", "kr"), ("nah", "nah"),
        ("eml", None), ("hbs", None),
    ],
)  # fmt: skip
def test_code_means(given: str, code: str | None):
    if code is None:
        with pytest.raises(IsoglossError, match="ambiguous"):
            find_language(given)
    else:
        assert find_language(given).code == code


@pytest.mark.parametrize(
    ("given", "what", "hint"),
    [
        ("jp", "unknown language 'jp'", "did you mean 'ja' (Japanese)?"),
        ("cz", "unknown language 'cz'", "did you mean 'cs' (Czech)?"),
        ("English", "unknown language 'English'", "did you mean 'en' (English)?"),
        ("Swahli", "unknown language 'Swahli'", "did you mean 'sw' (Swahili)?"),
        ("xq", "unknown language 'xq'", "isogloss list languages"),
        ("", "unknown language ''", "isogloss list languages"),
        ("sh", "ambiguous language 'sh': Serbo-Croatian", "'hr' (Croatian), 'sr' (Serbian)"),
        ("kok", "ambiguous language 'kok'", "'gom' (Goan Konkani)"),
        ("als", "Tosk Albanian in ISO 639-3, Alemannic in Wikipedia", "'sq' (Albanian), 'gsw' ("),
        ("als-CH", "ambiguous language 'als-CH'", "'gsw' ("),
        ("zap", "ambiguous language 'zap'", "more"),
        ("sw_Thai", "Swahili has no entry in the script Thai", "known for Swahili: sw"),
        ("sr-Arab", "Serbian has no entry in the script Arab", "sr, sr-Latn"),
        ("de-st", "unknown language 'de-st'", "known for German: de"),
        ("en ", "unknown language 'en '", ""),
    ],
)
def test_error_names_the_right_code(given: str, what: str, hint: str):
    with pytest.raises(IsoglossError) as caught:
        find_language(given)
    assert what in caught.value.what
    assert hint in caught.value.hint


@given(st.text(max_size=12) | st.from_regex(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?", fullmatch=True))
@settings(max_examples=80, deadline=None, database=None)
def test_any_text_is_a_language_or_an_error_with_a_hint(code: str):
    try:
        found = find_language(code)
    except IsoglossError as error:
        shown = (error.what, error.hint)
    else:
        shown = (found.code, found.name)
        assert find_language(found.code) is found
    assert all(shown)


def test_codes_outside_iso_639_are_entries():
    assert {find_language(code).script for code in ("nah", "oto", "qaf")} == {"Latn"}
    assert "Universal NER" in find_language("qaf").note
    assert find_language("ajp").flores == "ajp_Arab"


def test_romanized_corpora_are_entries():
    assert find_language("hi-Latn").seen == {"mt5", "byt5", "umt5", "xlmr"}
    assert find_language("ta-Latn").seen == {"xlmr"}
    assert find_language("hi-Latn").identifiers == {"cld3": "hi-Latn"}
    assert find_language("hi-Latn").name == "Hindi (Latin script)"


# -- use ------------------------------------------------------------------------------------


def test_languages_are_hashable_and_survive_pickling():
    assert len(set(ALL)) == len(ALL)
    for code in ("sw", "zh-Hant", "qaf"):
        assert pickle.loads(pickle.dumps(find_language(code))) == find_language(code)


def test_describe_shows_every_field():
    rows = dict(describe(find_language("sw")))
    assert rows["ISO 639"] == "sw, swh"
    assert rows["FLORES-200"] == "swh_Latn"
    assert rows["script"] == "Latin (Latn)"
    assert "py3langid sw" in rows["identifiers"]
    assert dict(describe(find_language("sr-Latn")))["other scripts"] == "sr"
    for lang in ALL[::50]:
        assert all(isinstance(cell, str) and cell for row in describe(lang) for cell in row)


def test_table_is_small_and_read_once():
    assert registry.TABLE.stat().st_size < 600_000
    registry._table.cache_clear()
    lines = registry.TABLE.read_text(encoding="utf-8").count("\n")
    assert calls(registry._table) < 8 * lines, "a few calls a line"
    for lang in ALL[::50]:
        find_language(lang.code)
    assert registry._table.cache_info().misses == 1


def test_module_imports_the_standard_library_only():
    tree = ast.parse(Path(registry.__file__).read_text(encoding="utf-8"))
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    modules += [n.name for node in tree.body if isinstance(node, ast.Import) for n in node.names]
    outside = {m for m in modules if m and m.partition(".")[0] not in sys.stdlib_module_names}
    assert outside == {"isogloss.core.errors"}
    assert isinstance(ALL[0], Language)
