"""Where the folders of data that travel with the program are: ``schemas`` and ``rules``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


@cache
def data_folder(name: Literal["schemas", "rules"]) -> Path:
    """The folder beside the package's modules where it is installed, at the repository's root in a checkout.

    Raises ``FileNotFoundError`` where neither is there: a broken installation.
    """
    installed = _PACKAGE / name
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parents[1] / name
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"the folder {name!r} is neither in {_PACKAGE} nor in {_PACKAGE.parents[1]}")
