"""The vocabulary of scenario files as a JSON Schema, for editors that complete and check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from abm.limits import Number
from abm.scenario.kinds import (
    REQUIRED,
    Band,
    Choice,
    Code,
    Flag,
    Key,
    Kind,
    Meanings,
    Overrides,
    Policies,
    Section,
    Several,
    Span,
    Text,
    TextOr,
    WordOr,
)
from abm.scenario.vocabulary import SCENARIO

# A name, not an address: nothing answers there. It changes where a file of the former vocabulary
# may be refused.
SCHEMA_FILE = Path(__file__).resolve().parents[1] / "scenario.schema.json"
SCHEMA_ID = "urn:exercise-il6:scenario"


def json_schema() -> dict[str, Any]:
    """Return the vocabulary as a strict JSON Schema (draft 2020-12) for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Scenario of exercise policies, interleukin-6 and chronic disease",
        **_section_schema(SCENARIO),
    }


def _section_schema(section: Section) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _key_schema(key) for name, key in section.keys.items()},
    }
    required = [name for name, key in section.keys.items() if key.default is REQUIRED]
    return {**schema, "required": required} if required else schema


def _key_schema(key: Key) -> dict[str, Any]:
    schema = _kind_schema(key.kind)
    if key.default is None and not isinstance(key.kind, Policies | Overrides):
        schema = {"anyOf": [schema, {"type": "null"}]}
    named = {"title": key.label} if key.label else {}
    described = {**named, "description": key.description, **schema}
    if isinstance(key.default, bool | int | float | str) or key.default in ((), (20, 95)):
        plain = list(key.default) if isinstance(key.default, tuple) else key.default
        described["default"] = plain
    return described


def _kind_schema(kind: Kind) -> dict[str, Any]:
    match kind:
        case Number():
            return _number_schema(kind)
        case Flag():
            return {"type": "boolean"}
        case Text():
            pattern = {"pattern": f"^{kind.pattern}$"} if kind.pattern else {}
            reserved = {"not": {"enum": list(kind.reserved)}} if kind.reserved else {}
            limits = {"minLength": 1, "maxLength": kind.longest}
            return {"type": "string", **limits, **pattern, **reserved}
        case Choice():
            return {"enum": list(kind.words)}
        case Span():
            return {
                "type": "array",
                "items": _kind_schema(kind.bound),
                "minItems": 2,
                "maxItems": 2,
            }
        case Several():
            return _list_schema(kind)
        case TextOr():
            return {"anyOf": [_kind_schema(kind.text), _kind_schema(kind.section)]}
        case Code():
            return {"type": ["string", "number"]}
        case Band():
            return {"anyOf": [_kind_schema(kind.bound), _kind_schema(Span(kind.bound))]}
        case Meanings():
            meant = {"anyOf": [_kind_schema(kind.item), {"type": "null"}]}
            return {"type": "object", "additionalProperties": meant, "minProperties": 1}
        case WordOr():
            return {"anyOf": [{"enum": list(kind.words)}, _kind_schema(kind.other)]}
        case Section():
            return _section_schema(kind)
        case Policies():
            item = _section_schema(kind.item)
            return {"type": "array", "items": item, "maxItems": kind.longest}
        case Overrides():
            return {"type": "object", "additionalProperties": {"type": ["number", "object"]}}


def _list_schema(kind: Several) -> dict[str, Any]:
    item = _kind_schema(kind.item)
    schema = {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}
    if not kind.or_one:
        return {**schema, "maxItems": kind.longest}
    return {"anyOf": [item, {**schema, "maxItems": kind.longest}]}


def _number_schema(kind: Number) -> dict[str, Any]:
    if kind.among:
        return {"enum": list(kind.among)}
    least = "exclusiveMinimum" if kind.above_minimum else "minimum"
    most = "exclusiveMaximum" if kind.below_maximum else "maximum"
    number = {
        "type": "integer" if kind.whole else "number",
        least: kind.minimum,
        most: kind.maximum,
    }
    if not kind.interval:
        return number
    interval = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(("value", "low", "high"), number),
        "required": ["value", "low", "high"],
    }
    return {"anyOf": [number, interval]}
