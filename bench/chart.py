"""The chart of the results: each figure as a share of its goal."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from bench.figures import Figure

WIDTH, LINE, LEFT, TOP = 900, 28, 430, 40
_PER_GOAL = 300
_LONGEST = 440
_GOOD, _BAD = "#2a7f62", "#b3392f"


def render(figures: Sequence[Figure]) -> str:
    """Return an SVG with one bar for each figure with a goal; the line marks the goal."""
    shown = [figure for figure in figures if figure.goal is not None]
    height = TOP + LINE * len(shown) + 20
    bars = "".join(_bar(figure, TOP + LINE * index) for index, figure in enumerate(shown))
    goal = LEFT + _PER_GOAL
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        f'<text x="{goal}" y="22" text-anchor="middle">goal</text>\n{bars}'
        f'<line x1="{goal}" x2="{goal}" y1="28" y2="{height - 10}" stroke="black"/>\n</svg>\n'
    )


def _bar(figure: Figure, top: int) -> str:
    share = figure.goal.share(figure.value) if figure.goal else 0.0
    length = min(_LONGEST, round(share * _PER_GOAL))
    colour = _GOOD if figure.met else _BAD
    middle = top + LINE // 2
    return (
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(figure.name)}</text>\n'
        f'<rect x="{LEFT}" y="{top + 4}" width="{length}" height="{LINE - 8}" fill="{colour}"/>\n'
        f'<text x="{LEFT + 6}" y="{middle + 4}" fill="white">{share:.2f}</text>\n'
    )
