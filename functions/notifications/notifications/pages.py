"""The page behind the link in a mail's foot, in the language that the browser asks for."""

import base64
import hashlib
from collections.abc import Mapping

from notifications.domain.topics import Topic

HTML = "text/html; charset=utf-8"

_STYLE = """\
body{margin:0;background:#f3f1ec;color:#22302b;font:16px/1.6 system-ui,sans-serif}
main{max-width:30rem;margin:12vh auto 0;padding:2rem;background:#fff;border:1px solid #e3ded2;border-radius:12px}
h1{margin:0 0 1rem;font:normal 1.7rem/1.25 Georgia,serif}
button{padding:.8rem 1.6rem;border:0;border-radius:8px;background:#1f5f4a;color:#fff;font:600 1rem system-ui,sans-serif}
button:focus-visible{outline:3px solid #d9a441;outline-offset:2px}"""

_WORDS: Mapping[str, Mapping[Topic, Mapping[str, str]]] = {
    "en": {
        Topic.DELIVERY_UPDATES: {
            "ask": "No more delivery updates?",
            "what": "We would then no longer tell you by e-mail that a parcel is coming or has arrived. "
            "What concerns your account, your payments and your orders we tell you in any case.",
            "button": "Unsubscribe",
            "done": "Unsubscribed",
            "after": "You will get no more delivery updates by e-mail. In your account you can have them again.",
        },
        Topic.CART_REMINDERS: {
            "ask": "No more reminders?",
            "what": "We would then no longer remind you of what is in your cart.",
            "button": "Unsubscribe",
            "done": "Unsubscribed",
            "after": "We will not remind you of your cart any more. In your account you can ask for it again.",
        },
    },
    "de": {
        Topic.DELIVERY_UPDATES: {
            "ask": "Keine Nachrichten zur Zustellung mehr?",
            "what": "Wir sagen Ihnen dann nicht mehr per E-Mail, dass ein Paket kommt oder angekommen ist. "
            "Was Ihr Konto, Ihre Zahlungen und Ihre Bestellungen betrifft, erfahren Sie in jedem Fall.",
            "button": "Abbestellen",
            "done": "Abbestellt",
            "after": "Sie bekommen keine E-Mails zur Zustellung mehr. In Ihrem Konto können Sie sie wieder bestellen.",
        },
        Topic.CART_REMINDERS: {
            "ask": "Keine Erinnerungen mehr?",
            "what": "Wir erinnern Sie dann nicht mehr an das, was in Ihrem Warenkorb liegt.",
            "button": "Abbestellen",
            "done": "Abbestellt",
            "after": "Wir erinnern Sie nicht mehr an Ihren Warenkorb. In Ihrem Konto können Sie es wieder bestellen.",
        },
    },
}

_NO_LINK: Mapping[str, tuple[str, str]] = {
    "en": ("This link is not whole", "Open it in the mail again, or copy all of it."),
    "de": (
        "Dieser Link ist nicht vollständig",
        "Öffnen Sie ihn in der E-Mail noch einmal oder kopieren Sie ihn ganz.",
    ),
}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
}


def _page(language: str, title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} · Minishop</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )


def _language(accepted: str) -> str:
    """The first known language that an Accept-Language header names; English otherwise."""
    named = (entry.partition(";")[0].partition("-")[0].strip().lower() for entry in accepted.split(","))
    return next((language for language in named if language in _WORDS), "en")


def ask_page(accepted: str, topic: Topic) -> str:
    """Asks before anything is done: mail programs open links by themselves. The form goes to the page's own address."""
    language = _language(accepted)
    words = _WORDS[language][topic]
    form = (
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        f"<button>{words['button']}</button></form>"
    )
    return _page(language, words["ask"], f"<p>{words['what']}</p>{form}")


def done_page(accepted: str, topic: Topic) -> str:
    """Says that it is done."""
    language = _language(accepted)
    words = _WORDS[language][topic]
    return _page(language, words["done"], f"<p>{words['after']}</p>")


def no_link_page(accepted: str) -> str:
    """Says that nobody can unsubscribe by this."""
    language = _language(accepted)
    title, what = _NO_LINK[language]
    return _page(language, title, f"<p>{what}</p>")
