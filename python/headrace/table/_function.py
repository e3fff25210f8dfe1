"""A declared function as planpb's Function."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from headrace.datastream._graph import _pickle
from headrace.datastream._origin import origin


@dataclass(frozen=True)
class Declared:
    """A function with all that its decorator was given; types are SQL texts."""

    function: Any
    name: str
    kind: str
    deterministic: bool
    input_types: list[str]
    result_types: list[str]
    style: str = "general"
    accumulator_type: str = ""
    result_names: list[str] = field(default_factory=list)
    origin: str = field(default_factory=origin)

    def to_json(self, name: str = "") -> dict[str, Any]:
        """A planpb.Function, under another name if one is given; pickled as it is now."""
        pickled = _pickle(self.function, self.name)
        out: dict[str, Any] = {
            "name": name or self.name,
            "pickled": base64.b64encode(pickled).decode("ascii"),
            "kind": self.kind,
            "style": self.style,
            "deterministic": self.deterministic,
            "resultTypes": self.result_types,
            "origin": self.origin,
        }
        if self.input_types:
            out["inputTypes"] = self.input_types
        if self.accumulator_type:
            out["accumulatorType"] = self.accumulator_type
        if self.result_names:
            out["resultNames"] = self.result_names
        return out
