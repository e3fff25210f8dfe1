"""What CREATE FUNCTION … AS 'module.attribute' LANGUAGE PYTHON names, and the classes of tables
with 'connector' = 'python'."""

from __future__ import annotations

import datetime
import difflib
import importlib
import inspect
import json
import os
import sys
import threading
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headrace.datastream._graph import UserFunction
from headrace.datastream._operators.sink import SinkOperator
from headrace.datastream._operators.table import TableSourceOperator
from headrace.datastream.connectors.base import Sink, Source
from headrace.table._catalog_methods import declared
from headrace.table.partition_commit import PartitionCommitContext


def describe(path: str) -> str:
    """The function at a dotted path as a planpb Function in JSON; modules of the working
    directory are found too, as ``python job.py`` would find them."""
    module, _, name = path.rpartition(".")
    if not module:
        raise ValueError(f"'{path}' names no module: write 'module.attribute'")
    return json.dumps(declared(getattr(_module(module), name)).to_json())


def _module(name: str) -> Any:
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    return importlib.import_module(name)


def describe_connector(request: str) -> str:
    """The source or sink of a table as a planpb SourceOp in JSON; the request is JSON too."""
    asked = json.loads(request)
    use, path = asked["use"], asked["class"]
    name = path.partition(":")[2]
    made = _found(path)
    made = made(**_arguments(path, made, asked["args"]))
    if use == "sink":
        if not isinstance(made, Sink) or made._connector != "python":
            raise TypeError(f"'{path}' is no Sink written in Python but {type(made).__name__}")
        return json.dumps({"function": UserFunction(SinkOperator(made), name).to_json()})
    if not isinstance(made, Source) or made._connector != "python":
        raise TypeError(f"'{path}' is no Source written in Python but {type(made).__name__}")
    splits = list(made.splits())
    operator = TableSourceOperator(made, splits)
    bounded = "true" if made.is_bounded() else "false"
    return json.dumps({
        "options": {"splits": str(len(splits)), "bounded": bounded},
        "function": UserFunction(operator, name).to_json(),
    })


_objects: dict[tuple[str, ...], Any] = {}
_objects_lock = threading.Lock()


def call_class(request: str) -> str:
    """Calls a method of a class that an option of a table names; text of its answer."""
    asked = json.loads(request)
    path, parameters, argument = asked["class"], asked["parameters"] or [], asked["argument"]
    with _objects_lock:
        key = (path, *parameters)
        if key not in _objects:
            made = _found(path)
            named = list(inspect.signature(made).parameters)
            if len(parameters) > len(named):
                raise ValueError(f"'{path}' takes {len(named)} parameters, not {len(parameters)}")
            texts = dict(zip(named, parameters, strict=False))
            _objects[key] = made(**_arguments(path, made, texts))
        target = _objects[key]
    if not hasattr(target, asked["method"]):
        raise TypeError(f"'{path}' has no method {asked['method']}")
    if asked["method"] == "commit":
        target.commit(PartitionCommitContext(**argument))
        return ""
    if asked["method"] != "extract":
        return json.dumps(getattr(target, asked["method"])(**argument))
    time = target.extract(argument["partition_keys"], argument["partition_values"])
    if not isinstance(time, datetime.datetime) or time.tzinfo is not None:
        raise TypeError(f"'{path}'.extract gave {time!r}, which is no datetime without a zone")
    return str((time - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1))


def _found(path: str) -> Any:
    module, _, name = path.partition(":")
    if not module or not name:
        raise ValueError(f"'{path}' is not of the form 'module:Class'")
    made: Any = _module(module)
    for part in name.split("."):
        if not hasattr(made, part):
            hint = difflib.get_close_matches(part, vars(made), 1)
            better = f"; did you mean '{hint[0]}'?" if hint else ""
            raise ValueError(f"module '{module}' has no '{name}'{better}")
        made = getattr(made, part)
    return made


def _arguments(path: str, made: Callable[..., Any], texts: dict[str, str]) -> dict[str, Any]:
    """What the constructor is called with: text in the types that it asks for."""
    parameters = inspect.signature(made).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    named = [p.name for p in parameters.values() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    for name in texts:
        if name not in named and not takes_any:
            hint = difflib.get_close_matches(name, named, 1)
            known = f"did you mean '{hint[0]}'?" if hint else f"it takes {', '.join(named)}"
            raise ValueError(f"'{path}' has no argument '{name}' ('python.args.{name}'); {known}")
    for p in parameters.values():
        if p.name in named and p.default is p.empty and p.name not in texts:
            raise ValueError(f"'{path}' needs the option 'python.args.{p.name}'")
    hints = _hints(made)
    return {name: _converted(name, text, hints.get(name)) for name, text in texts.items()}


def _hints(made: Any) -> dict[str, Any]:
    try:
        function = inspect.getattr_static(made, "__init__") if isinstance(made, type) else made
        return typing.get_type_hints(function)
    except (NameError, TypeError):  # a name that exists for type checkers only
        return {}


_TRUTH = {"true": True, "false": False}


def _converted(name: str, text: str, hint: Any) -> Any:
    """Text as the type that a parameter is annotated with."""
    wanted = [t for t in typing.get_args(hint) if t is not type(None)]
    if hint is list or typing.get_origin(hint) is list:
        parts = [part.strip() for part in text.split(";") if part.strip()]
        return [_converted(name, part, wanted[0] if wanted else str) for part in parts]
    kind = wanted[0] if len(wanted) == 1 else hint  # Optional[int]
    try:
        if kind is bool:
            return _TRUTH[text.strip().lower()]
        return kind(text) if kind in (int, float, Path) else text
    except (KeyError, ValueError):
        wrong = f"option 'python.args.{name}' = '{text}' is no {kind.__name__}"
        raise ValueError(wrong) from None
