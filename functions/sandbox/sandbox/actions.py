"""The page where a card holder answers the bank's question, for `pm_card_authenticationRequired`."""

from html import escape

from sandbox.intents import Intent, IntentStatus

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox bank</title>
<body>
<h1>Sandbox bank</h1>
{content}
</body>
</html>
"""
_QUESTION = """<p>Is it you who pays {amount}?</p>
<form method="post">
<button name="answer" value="approve">Yes, it is me</button>
<button name="answer" value="refuse">No</button>
</form>"""


def page(intent: Intent | None) -> str:
    """The question, or that there is none (any more)."""
    if intent is None or intent.status is not IntentStatus.REQUIRES_ACTION:
        return _PAGE.format(content="<p>There is nothing to answer here.</p>")
    amount = f"{intent.amount / 100:.2f} {escape(intent.currency.upper())}"
    return _PAGE.format(content=_QUESTION.format(amount=amount))


def thanks(intent: Intent) -> str:
    """What follows the answer."""
    back = escape(intent.return_url, quote=True)
    link = f'<p><a href="{back}">Back to the shop</a></p>' if back.startswith(("http://", "https://")) else ""
    return _PAGE.format(content=f"<p>Thank you.</p>{link}")
