"""The readable pages of `/_local/`: self-contained HTML, made from the same items as the JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Link:
    """One entry of the home page."""

    path: str
    title: str
    text: str
    filters: tuple[str, ...] = ()


LINKS = (
    Link("GET /_local/mailbox", "Mailbox", "Mails and text messages as the shop sent them.", ("?to=",)),
    Link("GET /_local/events", "Events", "What went over the bus.", ("?type=", "?id=")),
    Link("GET /_local/queues", "Queues", "Depth, in flight and dead letters of every inbox."),
    Link("GET /_local/schedules", "Schedules", "Scheduled work, and a button to run it now."),
    Link("POST /_local/schedules/{id}/run", "Run a schedule", "Runs it at once and answers what it answered."),
    Link(
        "POST /_local/carrier/{tracking_number}/advance",
        "Advance a parcel",
        "The sandbox carrier's next step; as attempt_failed, exception, lost, returning or returned it goes astray.",
        ("?status=",),
    ),
)

_STYLE = """
:root{--ink:#1c1f26;--soft:#667085;--line:#e4e7ec;--paper:#fff;--back:#f6f7f9;--brand:#3b5bdb;--tint:#edf2ff;--bad:#c92a2a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#30353f;--paper:#1b1f27;--back:#12151b;
--brand:#91a7ff;--tint:#232a3d;--bad:#ff8787}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
header{background:var(--paper);border-bottom:1px solid var(--line)}
nav{max-width:68rem;margin:auto;padding:.9rem 1.25rem;display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:baseline}
nav b{font-size:1.05rem;margin-right:auto}a{color:var(--brand);text-decoration:none}a:hover{text-decoration:underline}
main{max-width:68rem;margin:1.5rem auto 4rem;padding:0 1.25rem}h1{font-size:1.5rem;margin:.5rem 0 1rem}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:1rem}
.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:1rem 1.15rem;min-width:0}
.card h2{font-size:1.02rem;margin:0 0 .3rem}.card p{margin:.2rem 0;color:var(--soft)}
.pill{display:inline-block;background:var(--tint);color:var(--brand);border-radius:99px;padding:.05rem .6rem;
font-size:.8rem;font-weight:600}.bad{color:var(--bad);font-weight:600}.soft{color:var(--soft)}
details.card{margin-bottom:.7rem}summary{cursor:pointer;display:flex;gap:.7rem;align-items:baseline;flex-wrap:wrap}
summary .soft{margin-left:auto;font-size:.85rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;margin:.8rem 0 0}
iframe{width:100%;height:26rem;border:1px solid var(--line);border-radius:8px;background:#fff;margin-top:.8rem}
table{width:100%;border-collapse:collapse;background:var(--paper);border:1px solid var(--line);
border-radius:12px;overflow:hidden}
th,td{text-align:left;padding:.6rem .9rem;border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}
th{font-size:.8rem;color:var(--soft)}td.n{font-variant-numeric:tabular-nums}
code{font-size:.88em;overflow-wrap:anywhere}p code{overflow-wrap:normal}
.nowrap{white-space:nowrap}.grid+h1{margin-top:2rem}
button{background:var(--brand);color:var(--paper);border:0;border-radius:8px;padding:.35rem .9rem;font:inherit;
cursor:pointer}
"""
_RUN = """
document.addEventListener('click',async e=>{const b=e.target.closest('button[data-run]');if(!b)return;b.disabled=true;
const out=b.parentElement.querySelector('output');out.textContent=' running';
try{const r=await fetch(b.dataset.run,{method:'POST'});
out.textContent=r.ok?' done':' failed: '+(await r.text()).slice(0,200)}
catch(x){out.textContent=' '+x}b.disabled=false})
"""


def home(parameters: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """The front page: links, and what the stack was deployed with."""
    cards = []
    for link in LINKS:
        method, _, path = link.path.partition(" ")
        name = path.removeprefix("/_local/")
        count = f' <span class="pill">{counts[name]}</span>' if name in counts else ""
        title = f'<a href="{path}">{link.title}</a>' if method == "GET" else link.title
        filters = " or ".join(f'<code class="nowrap">{each}</code>' for each in link.filters)
        text = escape(link.text) + (f" Takes {filters}." if filters else "")
        call = f"<p><code>{escape(link.path).replace('/', '<wbr>/')}</code></p>"
        cards.append(f'<div class="card"><h2>{title}{count}</h2><p>{text}</p>{call}</div>')
    shop = (
        '<div class="card"><h2><a href="/">The shop</a></h2><p>Its API: <a href="/docs">documentation</a>, '
        '<a href="/openapi.json">OpenAPI</a>.</p></div>'
    )
    rows = "".join(f"<tr><td><code>{escape(k)}</code></td><td>{escape(v)}</td></tr>" for k, v in parameters.items())
    table = f"<h1>Parameters</h1><table><tr><th>name</th><th>value</th></tr>{rows}</table>"
    return _document("Local cloud", f'<h1>The local cloud</h1><div class="grid">{shop}{"".join(cards)}</div>{table}')


def mailbox(items: Items) -> str:
    """Messages, newest first, each opening to what its reader sees."""
    body = "".join(_message(item) for item in reversed(items))
    return _document("Mailbox", f"<h1>Mailbox</h1>{body or _nothing('Nothing was sent yet.')}")


def _message(item: Mapping[str, Any]) -> str:
    title = item["subject"] or (item["text"] or "").partition("\n")[0]
    text = f"<pre>{escape(item['text'])}</pre>" if item["text"] else ""
    # A mail is shown as its reader's client would: no scripts, no way out of its frame but new tabs.
    sandbox = "allow-popups allow-popups-to-escape-sandbox"
    source = escape('<base target="_blank">' + (item["html"] or ""), quote=True)
    frame = f'<iframe sandbox="{sandbox}" srcdoc="{source}" title="mail"></iframe>' if item["html"] else ""
    return (
        f'<details class="card" id="{escape(item["id"], quote=True)}"><summary>'
        f'<span class="pill">{escape(item["channel"])}</span><b>{escape(title)}</b>'
        f'<span class="soft">{escape(item["to"])} · {escape(item["sent_at"])}</span></summary>{frame or text}'
        f"{_plain(text) if frame and text else ''}</details>"
    )


def _plain(text: str) -> str:
    return f'<details><summary><span class="soft">as plain text</span></summary>{text}</details>'


def events(items: Items) -> str:
    """Events, newest first, each opening to its detail."""
    body = "".join(
        f'<details class="card"><summary><b>{escape(item["detail-type"])}</b>'
        f'<span class="pill">{escape(item["source"])}</span><span class="soft">{escape(item["time"])}</span></summary>'
        f"<pre>{escape(json.dumps(item['detail'], indent=2, ensure_ascii=False))}</pre></details>"
        for item in reversed(items)
    )
    return _document("Events", f"<h1>Events</h1>{body or _nothing('Nothing happened yet.')}")


def queues(items: Items) -> str:
    """A table of queues."""
    rows = "".join(
        f"<tr><td><code>{escape(item['queue'])}</code></td><td class=n>{item['depth']}</td>"
        f'<td class=n>{item["in_flight"]}</td><td class="n{" bad" if item["dead_letters"] else ""}">'
        f"{item['dead_letters']}</td></tr>"
        for item in items
    )
    head = "<tr><th>queue</th><th>depth</th><th>in flight</th><th>dead letters</th></tr>"
    return _document("Queues", f"<h1>Queues</h1><table>{head}{rows}</table>")


def schedules(items: Items) -> str:
    """A table of schedules with a button each."""
    rows = "".join(
        f"<tr><td><code>{escape(item['id'])}</code></td><td>{escape(item['expression'])}</td>"
        f'<td><button data-run="/_local/schedules/{escape(item["id"], quote=True)}/run">Run now</button>'
        "<output></output></td></tr>"
        for item in items
    )
    table = f"<table><tr><th>schedule</th><th>expression</th><th></th></tr>{rows}</table><script>{_RUN}</script>"
    return _document("Schedules", f"<h1>Schedules</h1>{table}")


PAGES: Mapping[str, Callable[[Items], str]] = {
    "mailbox": mailbox,
    "events": events,
    "queues": queues,
    "schedules": schedules,
}


def _nothing(text: str) -> str:
    return f'<p class="soft">{text}</p>'


def _document(title: str, body: str) -> str:
    links = "".join(f'<a href="/_local/{name}">{name.capitalize()}</a>' for name in PAGES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{title} · Minishop</title><style>{_STYLE}</style></head><body>"
        f'<header><nav><b><a href="/_local/">Minishop · local cloud</a></b>{links}</nav></header>'
        f"<main>{body}</main></body></html>"
    )
