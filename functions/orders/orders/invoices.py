"""An order's invoice as a PDF, from what was frozen when the order was placed: the same bytes each time.

reportlab is heavy and invoices are rare: it is imported when the first one is drawn.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from minishop.money import Money
from orders.domain.checkout import Line
from orders.domain.order import Address, Order

_MARGIN = 56.7  # points: 20 mm
_WIDTHS = (192, 48, 62, 58, 50, 60)  # points, of the lines' columns
_FLUSH = (("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0))
_GREY, _DARK = "#667085", "#101828"


def format_money(money: Money) -> str:
    """`1,234.50 EUR`. All currencies that the shop can sell in have two decimals."""
    sign = "-" if money.amount < 0 else ""
    whole, cents = divmod(abs(money.amount), 100)
    return f"{sign}{whole:,}.{cents:02d} {money.currency}"


def _address(address: Address) -> str:
    town = f"{address.postal_code} {address.city}".strip()
    parts = (address.full_name, address.line1, address.line2, town, address.region, address.country)
    return "<br/>".join(escape(part) for part in parts if part)


def _amount(money: Money) -> str:
    return format_money(money).removesuffix(f" {money.currency}")


def render_invoice(order: Order, seller: str) -> bytes:
    """The invoice of a confirmed order. `seller` is who sells, with ` | ` between its lines."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    styles = _styles()

    def cell(text: str, style: str = "cell") -> Any:
        return Paragraph(text, styles[style])

    issued = f"{order.confirmed_at:%d %B %Y}"
    facts = f"Date {issued}<br/>Order {order.number}"
    head = Table(
        [[cell(_address(order.shipping_address)), cell(facts, "right")]],
        colWidths=(sum(_WIDTHS) / 2,) * 2,
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_FLUSH]),
    )
    lines = Table(
        [_titles(order, cell), *(_row(line, cell) for line in order.lines)],
        colWidths=_WIDTHS,
        repeatRows=1,
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.HexColor(_DARK)),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#d0d5dd")),
                *_FLUSH,
            ]
        ),
    )
    totals = Table(
        [[cell(name, style), cell(value, f"{style}_right")] for name, value, style in _sums(order)],
        colWidths=(170, 110),
        hAlign="RIGHT",
        style=TableStyle([("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.HexColor(_DARK)), *_FLUSH]),
    )
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"Invoice {order.invoice_name}",
        author=seller.partition(" | ")[0],
        invariant=1,
    )
    space = Spacer(1, 22)
    title = cell(f"Invoice {order.invoice_name}", "title")
    footer = _footer(seller, order.invoice_name)
    story = [cell(escape(seller).replace(" | ", " · "), "small"), space, head, space, title, lines, space, totals]
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _titles(order: Order, cell: Callable[..., Any]) -> list[Any]:
    currency = order.totals.total.currency
    return [
        cell("Article", "label"),
        *(
            cell(name, "label_right")
            for name in ("Quantity", f"Each, {currency}", "Discount", "Tax", f"Sum, {currency}")
        ),
    ]


def _row(line: Line, cell: Callable[..., Any]) -> list[Any]:
    article = f'{escape(line.title)}<br/><font size="7" color="{_GREY}">{escape(line.sku)}</font>'
    numbers = (
        str(line.quantity),
        _amount(line.unit_price),
        _amount(line.discount),
        f'{_amount(line.tax)}<br/><font size="7" color="{_GREY}">{line.tax_rate} %</font>',
        _amount(line.line_total),
    )
    return [cell(article), *(cell(number, "right") for number in numbers)]


def _sums(order: Order) -> Sequence[tuple[str, str, str]]:
    totals = order.totals
    shipping = f"Shipping ({escape(order.shipping_method.service)})"
    return (
        ("Subtotal", format_money(totals.subtotal), "cell"),
        ("Discount", format_money(totals.discount * -1), "cell"),
        (shipping, format_money(totals.shipping), "cell"),
        ("Tax, included" if totals.tax_included else "Tax", format_money(totals.tax), "cell"),
        ("Total", format_money(totals.total), "bold"),
    )


def _footer(seller: str, name: str) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("OpenSans", 7)
        canvas.setFillColor(_GREY)
        canvas.drawString(_MARGIN, 30, seller.partition(" | ")[0])
        canvas.drawRightString(document.pagesize[0] - _MARGIN, 30, f"{name} · page {document.page}")
        canvas.restoreState()

    return draw


def _styles() -> dict[str, Any]:
    """Paragraph styles in the embedded font: Latin, Greek and Cyrillic letters."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from ttf_opensans import OPENSANS_BOLD, OPENSANS_REGULAR

    registerFont(TTFont("OpenSans", str(OPENSANS_REGULAR.path)))
    registerFont(TTFont("OpenSans-Bold", str(OPENSANS_BOLD.path)))
    cell = ParagraphStyle("cell", fontName="OpenSans", fontSize=9, leading=12, textColor=HexColor(_DARK))
    bold = ParagraphStyle("bold", cell, fontName="OpenSans-Bold")
    label = ParagraphStyle("label", bold, fontSize=8)
    return {
        "cell": cell,
        "right": ParagraphStyle("right", cell, alignment=2),
        "cell_right": ParagraphStyle("cell_right", cell, alignment=2),
        "bold": bold,
        "bold_right": ParagraphStyle("bold_right", bold, alignment=2),
        "label": label,
        "label_right": ParagraphStyle("label_right", label, alignment=2),
        "title": ParagraphStyle("title", bold, fontSize=18, leading=26, spaceAfter=8),
        "small": ParagraphStyle("small", cell, fontSize=7, textColor=HexColor(_GREY)),
    }
