"""The pages: complete in themselves, and held to it by their policy."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from storefront.pages import HERE, INCLUDE, policy, read_file

PAGES = sorted(f"pages/{path.name}" for path in (HERE / "pages").iterdir())
STILL = "pages/not-found.html"  # has no script
FETCHED = {"src", "href", "action", "poster", "data", "srcset"}


class Elements(HTMLParser):
    """Every element's name and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


def test_there_are_pages() -> None:
    assert set(PAGES) == {
        f"pages/{name}.html"
        for name in (
            *("account", "cart", "checkout", "docs", "home", "not-found"),
            *("order", "product", "reset-password", "track", "verify-email"),
        )
    }


def test_every_part_is_some_page_s_and_no_page_lacks_one() -> None:
    named = {name for page in PAGES for name in INCLUDE.findall((HERE / page).read_text(encoding="utf-8"))}
    assert named == {path.name for path in (HERE / "parts").iterdir()}
    for page in PAGES:
        assert "include " not in re.sub(r"//.*", "", read_file(page).text)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_asks_of_the_api_is_there(name: str) -> None:
    paths = json.loads(read_file("openapi.json").text)["paths"]
    known = {(method.upper(), re.sub(r"{.*?}", "{}", path)) for path, methods in paths.items() for method in methods}
    asked = re.findall(r'\("(GET|PUT|POST|DELETE)", "(/v1/[^"?]*)(?:\?[^"]*)?"( \+)?', read_file(name).text)
    assert {(method, path + "{}" * (onward != "" and path.endswith("/"))) for method, path, onward in asked} <= known
    for path in re.findall(r'fetch\("(/v1/[^"?]*/)"', read_file(name).text):
        assert ("GET", path + "{}") in known


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_other_host(name: str) -> None:
    html = read_file(name).text
    for tag, attributes in Elements(html).found:
        for attribute in FETCHED & attributes.keys():
            assert re.match(r"/(?!/)|data:", str(attributes[attribute])), (tag, attributes)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|\burl\(", html)


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_lets_run_what_is_on_the_page_and_nothing_else(name: str) -> None:
    file = read_file(name)
    directives = dict(part.split(" ", 1) for part in file.headers["Content-Security-Policy"].split("; "))
    for tag in ("style", "script"):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", file.text, re.DOTALL)
        assert len(texts) == (0 if (name, tag) == (STILL, "script") else 1)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert directives[f"{tag}-src"] == (f"'sha256-{digests[0]}'" if digests else "'none'")
    assert directives["default-src"] == directives["frame-ancestors"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert "unsafe" not in file.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_a_page_would_be_stopped_by_its_policy(name: str) -> None:
    for tag, attributes in Elements(read_file(name).text).found:
        assert "style" not in attributes, (tag, attributes)
        assert not [attribute for attribute in attributes if attribute.startswith("on")]
        assert not str(attributes.get("href", "")).startswith("javascript:")
        if tag in {"script", "style"}:
            assert attributes == {}  # as `policy` looks for them


@pytest.mark.parametrize("name", PAGES)
def test_no_page_builds_html_of_text(name: str) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", read_file(name).text)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_aloud(name: str) -> None:
    elements = Elements(read_file(name).text).found
    assert ("html", {"lang": "en"}) in elements
    assert sum(tag == "h1" for tag, _ in elements) == 1
    assert any(attributes.get("role") == "status" for _, attributes in elements) == (name != STILL)
    for tag, attributes in elements:
        if tag == "input":
            assert attributes.get("aria-label"), attributes
        if tag == "img":
            assert "alt" in attributes


def test_a_page_without_a_script_may_run_none() -> None:
    assert "script-src 'none'" in policy("<p>nothing</p>")
