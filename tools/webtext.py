"""Build src/isogloss/language/webtext.tsv, how much text there is of a language.

Give it a checkout of https://github.com/microsoft/Litmus (MIT), which lists the sizes in
``litmus/precompute_features.py`` and their languages in ``litmus/config.py``:

    python tools/webtext.py ../Litmus

The sizes are of CC-100, the corpus of XLM-R (Conneau et al. 2020), and of the Wikipedia dumps
of 2020-07-01 for the languages of mBERT. Only the numbers (facts) are copied.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from isogloss.language.registry import canonical

TABLE = Path(__file__).parents[1] / "src/isogloss/language/webtext.tsv"
HEADER = """\
# Built by tools/webtext.py; do not edit by hand.
# Sizes in bytes as listed by LITMUS, https://github.com/microsoft/Litmus, MIT:
# cc100: CC-100, the corpus of XLM-R, Conneau et al. 2020, https://aclanthology.org/2020.acl-main.747
# wikipedia: dumps of 2020-07-01, for the languages of mBERT
lang\tcc100\twikipedia
"""


def lists(path: Path) -> dict[str, list[str | float]]:
    """Read the lists that a Python file assigns, without running it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.List)
        and all(isinstance(item, ast.Constant) for item in node.value.elts)
    }


def main(checkout: Path) -> None:
    """Write the table."""
    codes = lists(checkout / "litmus/config.py")
    sizes = lists(checkout / "litmus/precompute_features.py")
    columns = {
        "cc100": zip(codes["xlmr_language_codes"], sizes["xlmr_pretraining_sizes"], strict=True),
        "wikipedia": zip(codes["mbert_language_iso_codes"], sizes["wikidump_sizes"], strict=True),
    }
    found: dict[str, dict[str, int]] = {}
    for column, pairs in columns.items():
        for code, size in pairs:
            found.setdefault(canonical(code), {})[column] = round(size)
    lines = [
        "\t".join((lang, *(str(found[lang].get(column, "")) for column in columns)))
        for lang in sorted(found)
    ]
    TABLE.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} languages")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
