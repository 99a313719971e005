"""What every chart has around its picture: names that fit, title, population, labels, emptiness."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt
import pandas as pd
from altair.utils import schemapi

from vsmlib.charts.colours import MUTED
from vsmlib.charts.data import held
from vsmlib.words import count

Layer: TypeAlias = alt.Chart | alt.LayerChart
Row: TypeAlias = Mapping[str, Any]
WIDTH = 828.0  # of the picture with its labels: 860 with the padding of 16 on either side
# A decorator: parts are not checked against the schema one by one; the whole is, by tests.
unchecked = schemapi.debug_mode(False)
PERCENTILES = "percentiles by linear interpolation"
# Line feeds and other controls, and the marks that turn the writing direction of what follows.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# Words end at a blank or a stroke; Chinese, Japanese and Korean may be broken anywhere.
PIECES = re.compile(r"[\u2e80-\uffff]|[^\s/_\u2e80-\uffff-]*[\s/_-]|[^\s/_\u2e80-\uffff-]+")


class Widths(dict[str, int]):
    """Widths of letters, in thousandths of the type size: those stated, and guesses."""

    def __missing__(self, letter: str) -> int:
        """Guess once, as every text that shall fit asks for each of its letters."""
        wide = unicodedata.east_asian_width(letter) in "WF"
        self[letter] = 1000 if wide else 690 if letter.isupper() else 560
        return self[letter]


# Of Helvetica and its metric twins.
EM = Widths(dict.fromkeys("ijl'|!.,:;I /\\[]", 260) | dict.fromkeys('frt()-"{}`*', 340))
EM |= dict.fromkeys("mM%", 860) | dict.fromkeys("W@", 980)


def plain(text: object) -> str:
    """Put a name from outside on one line, without control or direction marks."""
    seen = str(text)
    return " ".join((seen if seen.isprintable() else UNSEEN.sub(" ", seen)).split())


def each(column: pd.Series[Any], function: Callable[[Any], Any]) -> pd.Series[Any]:
    """Apply a function to a column of few different values, to each of them once."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    made = pd.Series([function(value) for value in values]).array
    return pd.Series(made.take(codes), index=column.index)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate how many pixels a line of text takes."""
    return sum(map(EM.__getitem__, text)) * size / 1000 * (1.07 if bold else 1)


def fit(text: object, room: float, size: float, *, lines: int = 1, bold: bool = False) -> str:
    r"""Break a text into lines of that many pixels, as near as can be told; elide what is left.

    Examples
    --------
    >>> fit("Waiting for review by the owners", 62, 10, lines=2)
    'Waiting for\nreview by th…'
    """
    made = [""]
    for piece in PIECES.findall(plain(text)):
        if made[-1] and width((made[-1] + piece).rstrip(), size, bold=bold) > room:
            made.append("")
        made[-1] += piece
    if len(made) > lines:
        made[lines - 1 :] = ["".join(made[lines - 1 :])]
    return "\n".join(_cut(line.rstrip(), room, size, bold) for line in made)


def _cut(line: str, room: float, size: float, bold: bool) -> str:
    kept = line
    while kept and width(kept if kept == line else kept + "…", size, bold=bold) > room:
        kept = kept[:-1]
    return kept if kept == line else kept.rstrip() + "…"


def raw(channel: Any, field: str, **more: Any) -> Any:
    """Return a channel that takes pixels, colours or shapes from the data as they are."""
    return channel(field, scale=None, **more)


def fixed(channel: Any, value: object, **more: Any) -> Any:
    """Return a channel of one value for all rows, such as a place in pixels, or on a condition."""
    # Of `alt.value` and `alt.when` Altair makes the same, by looking through its whole schema.
    return channel(value, **more)


def rows(table: Sequence[Row] | pd.DataFrame) -> alt.Chart:
    """Return a chart, without a mark as yet, on rows."""
    return alt.Chart(held(pd.DataFrame(table)))


def tips(fields: Iterable[str]) -> list[alt.Tooltip]:
    """Return tooltips of fields that are named as the reader shall see them."""
    return [alt.Tooltip(f"{field}:N") for field in fields]


def chart(
    layers: Sequence[Layer],
    *,
    title: str,
    subtitle: Sequence[str],
    says: str,
    size: tuple[float, float],
    room: float = WIDTH,
) -> alt.LayerChart:
    """Put layers under a title that says the point and a subtitle that states the population.

    ``says`` is the alternative text: what is seen, with figures, in a sentence. ``size`` are the
    pixels of the plot across and down, ``room`` those across with its axes and labels.
    """
    under = fit(" · ".join(filter(None, subtitle)), room, 11.5, lines=4)
    above = fit(title, room, 17, lines=3, bold=True)
    heading = alt.TitleParams(text=above.split("\n"), subtitle=under.split("\n"))
    made: alt.LayerChart = layered(layers).properties(
        title=heading, description=plain(says), width=size[0], height=size[1]
    )
    return made


class Unchecked:
    """Checked against the schema by tests; each time that it is shown, that takes a third of it."""

    def to_dict(self, validate: bool = False, **more: Any) -> dict[str, Any]:
        """Return the specification, by itself unchecked."""
        made: dict[str, Any] = super().to_dict(validate=validate, **more)  # type: ignore[misc]
        return made


class Layers(Unchecked, alt.LayerChart):
    """Layers over one another."""


class Panels(Unchecked, alt.VConcatChart):
    """Plots one above the other."""


def layered(layers: Sequence[Layer], **more: Any) -> alt.LayerChart:
    """Put layers over one another.

    Their marks and channels become plain data first: Altair copies every layer several times, and
    its own objects hold a hundred names each.
    """
    return Layers(layer=[_slim(layer) for layer in layers], **more)


@unchecked
def _slim(layer: Layer) -> Layer:
    if not isinstance(layer, alt.Chart):
        return layer
    made = layer.copy(deep=False)
    made.mark = made.mark if isinstance(made.mark, str) else made.mark.to_dict(validate=False)
    channels = alt.FacetedEncoding(**made.encoding.to_dict(validate=False))
    made.encoding = channels
    return made


def panels(
    parts: Sequence[Layer], *, title: str, subtitle: Sequence[str], says: str, spacing: int = 24
) -> alt.VConcatChart:
    """Put plots of the same width one above the other, under one title as of `chart`."""
    text = fit(title, WIDTH, 17, lines=3, bold=True).split("\n")
    under = fit(" · ".join(filter(None, subtitle)), WIDTH, 11.5, lines=4).split("\n")
    made = Panels(vconcat=[*parts], spacing=spacing)
    heading = alt.TitleParams(text=text, subtitle=under)
    return made.properties(title=heading, description=plain(says))


def nothing(title: str, why: str) -> alt.LayerChart:
    """Return the chart of no data: the title, and why there is nothing to draw."""
    text = rows([{"text": plain(why)}]).mark_text(
        align="left", fontSize=14, color=MUTED, aria=False
    )
    layer = text.encode(text=alt.Text("text:N"), x=fixed(alt.XValue, 0), y=fixed(alt.YValue, 45))
    return chart([layer], title=title, subtitle=[], says=f"{title}: {why}.", size=(WIDTH, 110))


def population(summary: Row) -> str:
    """Say which items a chart is over, and when they were delivered."""
    first, last = (summary["window"][end][:10] for end in ("from", "to"))
    return f"{count(summary['delivered'], 'item')} delivered, {first} to {last}"


def labels(texts: Sequence[Row], x: float, height: float, gap: float = 14) -> alt.LayerChart:
    """Write labels beside a plot, each at its height or as near to it as its neighbours let it.

    A label has ``text``, ``colour``, ``place`` (pixels from the top) and, for a square in a colour
    before the text, ``swatch``.
    """
    places = spread([text["place"] for text in texts], gap, 4, height - 4)
    moved = pd.DataFrame([*texts]).assign(place=places)
    base = rows(moved).encode(raw(alt.Y, "place:Q", axis=None))
    indent = 14 if "swatch" in texts[0] else 0
    text = base.mark_text(align="left", baseline="middle", limit=WIDTH - x, aria=False)
    text = text.encode(
        alt.Text("text:N"), raw(alt.Color, "colour:N"), x=fixed(alt.XValue, x + indent)
    )
    square = base.mark_point(shape="square", size=80, opacity=1, strokeWidth=0, aria=False)
    square = square.encode(raw(alt.Fill, "swatch:N"), x=fixed(alt.XValue, x + 5))
    return layered([square, text] if indent else [text])


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Push labels apart along a line, each as near as may be to where it belongs."""
    placed = list(wanted)
    order = sorted(range(len(placed)), key=placed.__getitem__)
    for i in order:
        placed[i] = max(placed[i], low)
        low = placed[i] + gap
    for i in reversed(order):
        placed[i] = min(placed[i], high)
        high = placed[i] - gap
    return placed


def thin(table: pd.DataFrame, column: str, most: int) -> pd.DataFrame:
    """Keep at most that many rows, the same ones every time; the largest tenth stays whole."""
    if len(table) <= most:
        return table
    largest = table.nlargest(most // 10, column)
    rest = table.drop(largest.index).sample(most - len(largest), random_state=0)
    return pd.concat([rest, largest], ignore_index=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
