"""Lints the template as CloudFormation will get it, after SAM's translation.

`sam validate --lint` sees the source. What SAM makes of it (roles, permissions, versions, API bodies) and what only
shows there, such as an API that needs a function that needs the API's URL, is seen here.
"""

import json
import sys
from pathlib import Path

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.decode.cfn_yaml import load as read_yaml

from scripts.local.template.source import TemplateError, load

ROOT = Path(__file__).resolve().parent.parent
REGION = "eu-central-1"
IGNORED = [
    "W1028",  # SAM repeats an API's condition inside its body, where it is always true
    "W2001",  # SAM puts the value of a parameter in the place of a reference to it
]
MOST_RESOURCES = 500  # CloudFormation's quota for a stack


def main() -> int:
    """Print what is wrong, a line each; give 0 when nothing is."""
    path = ROOT / "template.yaml"
    try:
        translated = load(path, {}, REGION)
    except TemplateError as error:
        print(error, file=sys.stderr)
        return 1
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": read_yaml(str(path)).get("Parameters", {}),
        "Mappings": translated.mappings,
        "Conditions": translated.conditions,
        "Resources": translated.resources,
        "Outputs": translated.outputs,
    }
    text = json.dumps({name: section for name, section in document.items() if section}, indent=1)
    matches = lint(text, config=ManualArgs(regions=[REGION], ignore_checks=IGNORED))
    for match in matches:
        place = ".".join(str(part) for part in match.path or ()) or f"line {match.linenumber}"
        print(f"{match.rule.id} {place}: {match.message}")
    print(f"{len(translated.resources)} resources of {MOST_RESOURCES}")
    return 1 if matches else 0


if __name__ == "__main__":
    sys.exit(main())
