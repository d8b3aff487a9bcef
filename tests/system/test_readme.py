"""The README's purchase does what it says, as printed."""

import re
import subprocess
from pathlib import Path

from tests.system.shop import DEADLINE_SECONDS, ROOT, Shop


def transcript() -> str:
    """The shell blocks between the README's transcript marks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    between = text.partition("<!-- transcript -->")[2].partition("<!-- /transcript -->")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", between, flags=re.DOTALL))


def test_the_purchase_of_the_readme_works_as_printed(shop: Shop, tmp_path: Path) -> None:
    lines = transcript()
    assert lines.count("http://127.0.0.1:3000") == 1
    script = tmp_path / "transcript.sh"
    script.write_text("set -euo pipefail\n" + lines.replace("http://127.0.0.1:3000", shop.url), encoding="utf-8")
    within = 4 * DEADLINE_SECONDS  # it is a dozen requests, and waits for the shop more than once
    ended = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=within, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert ended.stdout.count('"status":"delivered"') + ended.stdout.count('"status": "delivered"') >= 2
