"""Similarities of languages as one HTML page: heat maps and a tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup, escape

from isogloss.analysis.format import number
from isogloss.relation.similarity import Matrix, Similarity, facts
from isogloss.report.plain import tame
from isogloss.report.plot import LETTER, WIDTH

WIDE, NARROW, SHOWN = 44.0, 5.0, 26.0
"""Width of a heat map's cell: at most, at least, and from where it shows its value."""
SHADES = 20
DEEP = 22
"""Height of a language in the tree."""
STYLE = """
svg.plot .none { fill: none; stroke: var(--line); stroke-width: .6; }
svg.plot .shade { fill: var(--heat); }
svg.plot .branch { fill: none; stroke: var(--muted); stroke-width: 1.6; }
svg.plot text.cell { font-size: 11.5px; }
svg.plot text.small { font-size: 9px; }
table.corpus { width: auto; }
"""


def page(found: Similarity) -> str:
    """Draw the whole page; every text in it is escaped."""
    here = Path(__file__).parent
    style = "".join((here / name).read_text("utf-8") for name in ("page.css", "plot.css")) + STYLE
    order = _order(found)
    parts = [_tree_part(found)]
    parts += [
        Markup(
            '<section><h2>{}</h2><p class="note">{}; {}. Darker is nearer, a frame is not known.'
            '</p><div class="wide">{}</div></section>'
        ).format(
            _title(one),
            one.about[0].upper() + one.about[1:],
            _range(one),
            heat(one, found.langs, order),
        )
        for one in found.matrices
    ]
    parts += [_facts_part(found), _notes_part(found)]
    return str(
        Markup(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Language similarity</title>'
            "<style>{}</style></head><body><main><h1>Language similarity</h1>"
            '<p class="note">{} languages: {}.</p>{}</main></body></html>\n'
        ).format(Markup(style), len(found.langs), _named(found.langs), Markup("").join(parts))
    )


def heat(one: Matrix, langs: Sequence[str], order: Sequence[int]) -> Markup:
    """Draw a matrix; languages stand in the order given.

    Cells of one shade are one path, so that a hundred languages stay a small page.
    """
    side = 12 + LETTER * max(map(len, langs))
    size = max(NARROW, min(WIDE, (WIDTH - side) / len(langs)))
    high = min(size, 26.0) if size >= SHOWN else size
    small = "" if high >= 12 else " small"
    paths: dict[int, list[str]] = {}
    parts = []
    for y, row in enumerate(order):
        top = side + y * high
        parts += [
            _text(side - 6, top + high / 2 + 4, langs[row], f"name{small}", "end"),
            _turned(side + y * size + size / 2 + 4, side - 6, langs[row], f"name{small}"),
        ]
        for x, column in enumerate(order):
            value = one.values[row][column]
            shade = -1 if value is None else _shade(one, value)
            left = side + x * size
            paths.setdefault(shade, []).append(
                f"M{left + 0.5:.1f} {top + 0.5:.1f}h{size - 1:.1f}v{high - 1:.1f}h{1 - size:.1f}z"
            )
            if value is not None and size >= SHOWN:
                kind = f"value cell v{shade * 10 // SHADES}"
                figure = number(value).removeprefix("0")
                parts.append(_text(left + size / 2, top + high / 2 + 4, figure, kind, "middle"))
    shades = [_path(shade, "".join(cells)) for shade, cells in sorted(paths.items())]
    label = f"{_title(one)} of {len(langs)} languages"
    return _svg(
        side + len(langs) * size + 2, side + len(langs) * high + 2, [*shades, *parts], label
    )


def _path(shade: int, cells: str) -> str:
    if shade < 0:
        return f'<path class="none" d="{cells}"/>'
    return f'<path class="shade" fill-opacity="{shade / SHADES:.2f}" d="{cells}"/>'


def dendrogram(found: Similarity) -> Markup:
    """Draw the tree: languages at the left, joined further right the further they are apart."""
    tree = found.tree
    assert tree is not None
    side = 20 + 1.1 * LETTER * max(len(_with_name(lang)) for lang in tree.langs)
    most = max(merge.at for merge in tree.merges) or 1.0
    scale = (WIDTH - side - 40) / most
    place = {lang: number for number, lang in enumerate(tree.order)}
    spots = [(side, 20.0 + DEEP * place[lang]) for lang in tree.langs]
    parts = [
        _text(side - 8, y + 4, _with_name(lang), "name", "end")
        for lang, (_, y) in zip(tree.langs, spots, strict=True)
    ]
    for merge in tree.merges:
        (x1, y1), (x2, y2) = spots[merge.first], spots[merge.second]
        x = side + merge.at * scale
        parts.append(f'<path class="branch" d="M{x1:.1f} {y1:.1f}H{x:.1f}V{y2:.1f}H{x2:.1f}"/>')
        spots.append((x, (y1 + y2) / 2))
    bottom = 20 + DEEP * len(tree.langs)
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = side + share * most * scale
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{bottom - 8}"/>')
        parts.append(_text(x, bottom + 6, number(share * most), "", "middle"))
    return _svg(WIDTH, bottom + 14, parts, "Tree of languages")


def _order(found: Similarity) -> list[int]:
    """Put languages as the tree does, those that it lacks last."""
    tree = found.tree
    placed = [] if tree is None else [found.langs.index(lang) for lang in tree.order]
    return placed + [number for number in range(len(found.langs)) if number not in placed]


def _shade(one: Matrix, value: float) -> int:
    share = min(1.0, max(0.0, value / one.top))
    return round(SHADES * (1 - share if one.distance else share))


def _title(one: Matrix) -> str:
    return one.name.replace("_", " ").capitalize()


def _range(one: Matrix) -> str:
    return "a distance, 0 is the same" if one.distance else f"a similarity, {one.top:g} is the same"


def _with_name(lang: str) -> str:
    from isogloss.language.registry import find_language

    return f"{find_language(lang).name} {lang}"


def _named(langs: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(_with_name(lang) for lang in langs[:most])
    return shown + (f" and {len(langs) - most} more" if len(langs) > most else "")


def _tree_part(found: Similarity) -> Markup:
    if found.tree is None:
        return Markup("")
    made = ", ".join(f"{name} {share:.2f}" for name, share in found.weights.items())
    return Markup(
        '<section><h2>Tree</h2><p class="note">Average linkage over {}.</p>'
        '<div class="wide">{}</div></section>'
    ).format(made, dendrogram(found))


def _facts_part(found: Similarity) -> Markup:
    if not found.profiles:
        return Markup("")
    names = facts(next(iter(found.profiles.values())))
    head = Markup("").join(
        Markup('<th class="num">{}</th>').format(name.replace("_", " ")) for name in names
    )
    rows = Markup("").join(
        Markup("<tr><th>{}</th>{}</tr>").format(
            _with_name(lang),
            Markup("").join(
                Markup('<td class="num">{}</td>').format(_cell(value))
                for value in facts(one).values()
            ),
        )
        for lang, one in found.profiles.items()
    )
    return Markup(
        '<section><h2>Corpus</h2><p class="note">ttr: distinct words over words, which falls with '
        "the size of a text. fertility: the backbone's tokens per word. In scripts without spaces "
        'each letter counts as a word.</p><div class="scroll fit"><table class="corpus"><thead><tr>'
        "<th></th>{}</tr></thead><tbody>{}</tbody></table></div></section>"
    ).format(head, rows)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return (
        f"{value:.3f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def _notes_part(found: Similarity) -> Markup:
    from isogloss.relation.typology import about

    made = about()
    notes = [
        *found.notes,
        f"Distances of typology: {made['source']}, {made['licence']}, {made['cite']}; what is "
        "not known there is not filled in.",
    ]
    listed = Markup("").join(Markup('<p class="note">{}</p>').format(tame(note)) for note in notes)
    return Markup("<section><h2>What is not known, and sources</h2>{}</section>").format(listed)


def _svg(width: float, height: float, parts: Sequence[str], label: str) -> Markup:
    return Markup(
        f'<svg class="plot" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(tame(label))}">'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(tame(text))}</text>"
    )


def _turned(x: float, y: float, text: str, kind: str) -> str:
    return (
        f'<text class="{kind}" transform="translate({x:.1f} {y:.1f}) rotate(-90)">'
        f"{escape(tame(text))}</text>"
    )
