"""Files that a program brings along."""

from __future__ import annotations

import os
import sys

from headrace.common.configuration import Configuration


def append(conf: Configuration, key: str, item: str, separator: str = ",") -> None:
    """Adds an item to a setting that is a list."""
    if not item:
        raise ValueError(f"{key}: an empty path")
    held = conf.get_string(key, "")
    conf.set_string(key, f"{held}{separator}{item}" if held else item)


def make_importable(conf: Configuration) -> None:
    """Puts the files of python.files on the import path of this process."""
    for entry in filter(None, conf.get_string("python.files", "").split(",")):
        path = entry.removeprefix("file://")
        if not os.path.exists(path):
            raise FileNotFoundError(f"add_python_file({entry!r}): there is no such file")
        folder = os.path.dirname(os.path.abspath(path)) if path.endswith(".py") else path
        if folder not in sys.path:
            sys.path.append(folder)
