"""Shares, as the tables print them."""

from typing import Any

import numpy as np

__all__ = ["share"]


def share(values: Any) -> str:
    return f"{100 * np.mean(values):5.1f} %" if len(values) else "–"
