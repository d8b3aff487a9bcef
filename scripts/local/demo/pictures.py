"""Pictures of the demo products: SVG tiles drawn by code, one colour for each category."""

from html import escape

from scripts.local.demo.motifs import MOTIFS
from scripts.local.demo.shop import Product

# category: (background, its darker end, shape, accent, line)
_COLOURS = {
    "kitchen": ("#ffe8d6", "#f7c59f", "#c8553d", "#588b8b", "#5c2a1e"),
    "home": ("#f3e9f7", "#d9c2e6", "#7b4b94", "#e0a458", "#3c2150"),
    "garden": ("#e6f4e1", "#b9dfae", "#3f7d3a", "#d4a373", "#1f4220"),
    "stationery": ("#e3edfa", "#b5cff0", "#2f5d9e", "#e76f51", "#16325c"),
    "outdoors": ("#dff3f1", "#a8dbd5", "#1f7a74", "#f4a259", "#0d4440"),
    "clothing": ("#fbe4ea", "#f3b8c8", "#a63a5b", "#3d5a80", "#571a2e"),
    "toys": ("#fff4cf", "#ffdf85", "#e09f1f", "#d1495b", "#6b4708"),
}


def draw(product: Product) -> str:
    """The product's picture, an SVG document of 800 by 800."""
    light, dark, shape, accent, line = _COLOURS[product.category]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="800" height="800" role="img">'
        f"<title>{escape(product.title)}</title>"
        f'<defs><radialGradient id="g" cx=".5" cy=".38" r=".8"><stop stop-color="{light}"/>'
        f'<stop offset="1" stop-color="{dark}"/></radialGradient></defs>'
        f"<style>.a{{fill:{shape}}}.b{{fill:{accent}}}"
        f".l,.m{{fill:none;stroke:{line};stroke-linecap:round;stroke-linejoin:round}}"
        ".l{stroke-width:6}.m{stroke-width:3}</style>"
        '<rect width="200" height="200" fill="url(#g)"/>'
        f'<ellipse cx="100" cy="172" rx="62" ry="9" fill="{line}" opacity=".14"/>'
        f"{MOTIFS[product.slug]}</svg>"
    )
