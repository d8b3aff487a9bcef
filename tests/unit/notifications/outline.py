"""What an HTML mail is made of, what a reader sees of it, and what it would fetch."""

from html.parser import HTMLParser

VOID = {"meta", "br", "img"}
FETCHED = {"src", "srcset", "background", "poster", "data"}


class Outline(HTMLParser):
    """Holds tags against each other and gathers what a reader sees, where links lead, and what is fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.shape: list[tuple[str, ...]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    @property
    def tags(self) -> set[str]:
        """The names of all tags."""
        return {shape[0] for shape in self.shape}

    @property
    def text(self) -> str:
        """What a reader sees, spaces and line ends as one space."""
        return " ".join("".join(self.seen).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Notes a tag with the names of its attributes."""
        self.shape.append((tag, *(name for name, _ in attributes)))
        self.links += [str(value) for name, value in attributes if name == "href"]
        self.pictures += [str(value) for name, value in attributes if name in FETCHED]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """What is closed is what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Notes text."""
        self.seen.append(data)
