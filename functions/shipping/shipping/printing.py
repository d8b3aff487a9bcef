"""Labels as PDF: one page of A6, with the tracking number as a bar code (Code 128) and as a QR code.

The letters are Open Sans's: Latin, Greek, Cyrillic. Of a script that it lacks a question mark stands for each letter;
the post wants addresses abroad in Latin letters.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from shipping.domain.label import Label

REGULAR, BOLD = "OpenSans", "OpenSans-Bold"
MILLIMETRE = 72 / 25.4  # points
WIDTH, HEIGHT = 105 * MILLIMETRE, 148 * MILLIMETRE
MARGIN = 5 * MILLIMETRE
INNER = WIDTH - 2 * MARGIN


@lru_cache(maxsize=1)
def _fonts() -> dict[str, frozenset[int]]:
    """Registers the fonts; the characters that each has."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from ttf_opensans import OPENSANS_BOLD, OPENSANS_REGULAR

    known = {}
    for name, font in ((REGULAR, OPENSANS_REGULAR), (BOLD, OPENSANS_BOLD)):
        registered = TTFont(name, str(font.path))
        pdfmetrics.registerFont(registered)
        known[name] = frozenset(registered.face.charToGlyph)
    return known


def draw_label(label: Label) -> bytes:
    """The PDF. The same label gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas

    _fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(label.tracking_number)
    _draw_head(canvas, label)
    _draw_address(canvas, "From", label.sender.lines(), size=8, top=HEIGHT - 24 * MILLIMETRE, height=26 * MILLIMETRE)
    _draw_address(canvas, "To", label.receiver.lines(), size=14, top=HEIGHT - 52 * MILLIMETRE, height=46 * MILLIMETRE)
    _draw_codes(canvas, label)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw_head(canvas: Any, label: Label) -> None:
    """Who carries it and how; white on black, as sorters look for it first."""
    top = HEIGHT - MARGIN
    canvas.rect(MARGIN, top - 15 * MILLIMETRE, INNER, 15 * MILLIMETRE, fill=1, stroke=0)
    canvas.setFillGray(1)
    canvas.setFont(BOLD, 15)
    title = "RETURN" if label.is_return else label.service.upper()
    canvas.drawString(MARGIN + 3 * MILLIMETRE, top - 7 * MILLIMETRE, title)
    canvas.setFont(REGULAR, 8)
    canvas.drawString(MARGIN + 3 * MILLIMETRE, top - 12 * MILLIMETRE, f"{label.carrier} · {label.service}")
    begun = max(1, -(-label.weight_grams // 100))
    weight = f"{begun // 10}.{begun % 10} kg"
    canvas.setFont(BOLD, 12)
    canvas.drawRightString(WIDTH - MARGIN - 3 * MILLIMETRE, top - 9 * MILLIMETRE, weight)
    canvas.setFillGray(0)


def _draw_address(canvas: Any, title: str, lines: Sequence[str], *, size: int, top: float, height: float) -> None:
    """An address under its title, as large as the room allows: long lines are wrapped, then all is made smaller."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Flowable, KeepInFrame, Paragraph

    canvas.setFont(REGULAR, 6)
    canvas.drawString(MARGIN, top - 2.5 * MILLIMETRE, title)
    plain = ParagraphStyle("plain", fontName=REGULAR, fontSize=size, leading=size * 1.25, wordWrap="CJK")
    strong = ParagraphStyle("strong", parent=plain, fontName=BOLD)
    paragraphs: list[Flowable] = [
        Paragraph(escape(_printable(line, BOLD)), strong if index in {0, len(lines) - 1} else plain)
        for index, line in enumerate(lines)
    ]
    room = height - 4 * MILLIMETRE
    frame = KeepInFrame(INNER, room, paragraphs, mode="shrink")
    _, used = frame.wrapOn(canvas, INNER, room)
    frame.drawOn(canvas, MARGIN, top - 4 * MILLIMETRE - used)
    canvas.line(MARGIN, top - height, WIDTH - MARGIN, top - height)


def _printable(text: str, font: str) -> str:
    known = _fonts()[font]
    return "".join(letter if ord(letter) in known else "?" for letter in text)


def _draw_codes(canvas: Any, label: Label) -> None:
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.code128 import Code128
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.pdfbase.pdfmetrics import stringWidth

    side, middle = 22 * MILLIMETRE, 27 * MILLIMETRE
    drawing = Drawing(side, side)
    drawing.add(QrCodeWidget(label.tracking_number, barWidth=side, barHeight=side, barBorder=2))
    renderPDF.draw(drawing, canvas, WIDTH - MARGIN - side, middle)
    canvas.setFont(REGULAR, 6)
    canvas.drawString(MARGIN, middle + 14 * MILLIMETRE, "Tracking number")
    room = INNER - side - 3 * MILLIMETRE
    canvas.setFont(BOLD, 14 * min(1, room / stringWidth(label.tracking_number, BOLD, 14)))
    canvas.drawString(MARGIN, middle + 8 * MILLIMETRE, label.tracking_number)
    canvas.setFont(REGULAR, 6)
    canvas.drawString(MARGIN, middle + 3 * MILLIMETRE, label.reference)
    modules = Code128(label.tracking_number, barWidth=1, quiet=False).width
    bars = Code128(label.tracking_number, barWidth=INNER / modules, barHeight=18 * MILLIMETRE, quiet=False)
    bars.drawOn(canvas, MARGIN, MARGIN)
