"""Vega-Lite as plain data, for charts of many views: Altair copies each of its objects often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from altair.utils import parse_shorthand

Spec: TypeAlias = dict[str, Any]


def channel(what: str, **more: Any) -> Spec:
    """Return a channel of a field, written as Altair abbreviates it.

    Examples
    --------
    >>> channel("sum(weight):Q", title="items")
    {'aggregate': 'sum', 'field': 'weight', 'type': 'quantitative', 'title': 'items'}
    """
    made: Spec = parse_shorthand(what)
    return made | more


def tips(*fields: str) -> list[Spec]:
    """Return tooltips of fields that are named as the reader shall see them."""
    return [channel(f"{field}:N") for field in fields]


def calculated(**fields: str) -> list[Spec]:
    """Return transforms that make fields by expressions."""
    return [{"calculate": expression, "as": name} for name, expression in fields.items()]


def figures(how: str, what: Mapping[str, str], **more: Any) -> Spec:
    """Return a transform that makes figures: an aggregate, a joinaggregate or a window.

    Examples
    --------
    >>> figures("aggregate", {"n": "sum(weight)"}, groupby=["type"])
    {'aggregate': [{'op': 'sum', 'field': 'weight', 'as': 'n'}], 'groupby': ['type']}
    """
    parts = [(name, *figure.rstrip(")").split("(")) for name, figure in what.items()]
    return {how: [{"op": op, "field": field, "as": name} for name, op, field in parts], **more}


def layer(
    mark: str,
    encoding: Spec,
    transform: Sequence[Spec] = (),
    *,
    name: str = "",
    data: Spec | None = None,
    **style: Any,
) -> Spec:
    """Return a layer, its mark in a style; without data it has those of its view."""
    made: Spec = {"mark": {"type": mark, **style}, "encoding": encoding}
    about = {"name": name, "data": data, "transform": [*transform]}
    return made | {key: value for key, value in about.items() if value}


def text(words: str, x: float, y: float, transform: Sequence[Spec] = (), **more: Any) -> Spec:
    """Return a layer of one text, a field, at a place in pixels from the left and the top."""
    ends = {"x": {"value": x}, "y": {"value": y}}
    return layer("text", {"text": channel(f"{words}:N"), **ends}, transform, align="left", **more)


def few(table: Sequence[Spec]) -> Spec:
    """Return a few rows as the data of a layer."""
    return {"values": [*table]}
