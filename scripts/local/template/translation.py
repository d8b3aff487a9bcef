"""Translates SAM to plain CloudFormation, and remembers translations: the translator takes a second and a half."""

import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.local.template.errors import TemplateError

_KEPT = 10  # translations remembered
_HERE = re.compile(r"(\w+)://127\.0\.0\.1:\d+")  # an address of this machine: another port at each start


def translate(
    source: Mapping[str, Any], values: Mapping[str, str | list[str]], region: str, memory: Path
) -> dict[str, Any]:
    """The translated template. `memory` is a folder for translations, made when needed. Raises TemplateError."""
    given = {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}
    # The translator copies addresses as they are: they are put in afterwards, and ports make no other translation.
    places = {
        name: f"{found[1]}://{name}.invalid" for name, value in given.items() if (found := _HERE.fullmatch(value))
    }
    text = _translated({**given, **places}, source, region, memory)
    for name, place in places.items():
        text = text.replace(place, given[name])
    translated: dict[str, Any] = json.loads(text)
    return translated


def _translated(parameters: Mapping[str, str], source: Mapping[str, Any], region: str, memory: Path) -> str:
    """JSON, remembered or made now."""
    version = importlib.metadata.version("aws-sam-translator")
    key = json.dumps([version, region, parameters, source], default=repr)
    file = memory / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError):
        remembered = file.read_text("utf-8")
        json.loads(remembered)  # or it is damaged
        return remembered
    translated = json.dumps(_translate(json.loads(json.dumps(source)), parameters, region))
    with suppress(OSError):  # a folder that cannot be written costs time, nothing else
        _remember(file, translated)
    return translated


def _translate(source: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # The translator asks its session for the region alone.
    translator = Translator({}, Parser(), boto_session=SimpleNamespace(region_name=region))
    try:
        translated: dict[str, Any] = translator.translate(source, dict(parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes)
        raise TemplateError(" ".join(causes.split())) from error
    except ExceptionWithMessage as error:
        raise TemplateError(" ".join(str(error.message).split())) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The translator trips over some shapes before it has checked them.
        raise TemplateError(f"the SAM translator cannot read the template: {error!r}") from error
    return translated


def _remember(file: Path, translated: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(translated, "utf-8")
    unfinished.replace(file)
    newest_first = sorted(file.parent.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in newest_first[_KEPT:]:
        old.unlink(missing_ok=True)
