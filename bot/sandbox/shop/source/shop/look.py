"""How the shop looks in a browser: the answers that programs get as JSON, drawn as pages.

Whoever accepts text/html gets a page, everybody else JSON. A page's few actions are requests to the same routes.
"""

import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from aiohttp import web

Answer = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STYLE = """
:root { color-scheme: light; --ink: #1d2f2e; --soft: #5d7371; --line: #dfe7e3; --leaf: #14756a; --sun: #f3c969; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #f5f7f3; font: 18px/1.5 "DejaVu Sans", "Segoe UI", sans-serif; }
header { display: flex; align-items: center; gap: 28px; padding: 18px 40px; color: #fff; background: #17504c; }
header strong { font-size: 24px; } header i { color: var(--sun); font-style: normal; }
nav { display: flex; gap: 22px; margin-left: auto; } nav a { color: #d6e7e3; text-decoration: none; }
main { max-width: 940px; margin: 0 auto; padding: 34px 40px; }
h1 { margin: 0 0 22px; font-size: 32px; line-height: 1.2; } h2 { margin: 0 0 8px; font-size: 21px; }
p { margin: 0; color: var(--soft); }
.widgets { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }
.card { padding: 22px 24px; background: #fff; border: 1px solid var(--line); border-radius: 14px; }
.widget { border-top: 5px solid var(--sun); min-height: 170px; }
button, .button { display: inline-block; margin-top: 16px; padding: 9px 18px; color: #fff; background: var(--leaf);
  border: 0; border-radius: 9px; font: inherit; text-decoration: none; cursor: pointer; }
.quiet { color: var(--leaf); background: #e5f1ee; }
table { width: 100%; border-collapse: collapse; } td { padding: 10px 6px; border-bottom: 1px solid var(--line); }
td:nth-last-child(-n+2) { text-align: right; }
input { width: 220px; padding: 9px 14px; border: 1px solid #b9c9c4; border-radius: 9px; font: inherit; }
.total { width: fit-content; margin-top: 20px; font-size: 24px; font-weight: 700; color: var(--ink); }
.trouble { border-left: 6px solid #be3b2f; } .trouble h1 { margin-bottom: 8px; }
.receipt { margin-top: 22px; padding: 14px 20px; background: #e3f3e8; border-radius: 10px; color: #1c5a34; }
@media (max-width: 640px) { header, main { padding: 18px; } .widgets { grid-template-columns: 1fr; } }
"""

SCRIPT = """
async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
  return answer.json();
}
async function pay(customer, items) {
  const said = await send("POST", "/checkout", { customer, items });
  const line = document.querySelector("#paid");
  line.className = said.receipt ? "receipt" : "receipt declined";
  line.textContent = said.receipt ? `Thank you. Your receipt: ${said.receipt}` : `Not paid: ${said.error}`;
}
"""

NEWS = {
    "news": "The swifts are back: three pairs under the roof of the old mill.",
    "weather": "A light wind from the west and a clear morning. Good for watching.",
}


@web.middleware
async def drawn(request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    wants_page = "text/html" in request.headers.get("Accept", "")
    if not (wants_page and isinstance(answer, web.Response) and answer.content_type == "application/json"):
        return answer
    said = json.loads(answer.text or "null")
    draw = trouble if answer.status >= web.HTTPBadRequest.status_code else PAGES.get(request.path, plain)
    return web.Response(text=page(draw(request, said)), status=answer.status, content_type="text/html")


def page(inside: str) -> str:
    links = (("/", "Dashboard"), ("/products", "Products"), ("/cart", "Cart"))
    nav = "".join(f'<a href="{path}">{name}</a>' for path, name in links)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The bird shop</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style><script>{SCRIPT}</script>"
        f"<header><strong>The <i>bird</i> shop</strong><nav>{nav}</nav></header><main>{inside}</main></html>"
    )


def dashboard(request: web.Request, said: Answer) -> str:
    customer = int(request.query.get("customer", "0"))
    return f"<h1>Good morning</h1><section class=widgets>{widgets(customer, said)}</section>"


def widgets(_customer: int, said: Answer) -> str:
    return "".join(widget(name, said) for name in said["widgets"])


def widget(name: str, said: Answer, *more: str) -> str:
    words = {
        "offers": ", ".join(f"{percent}\u00a0% off product {number}" for number, percent in said["offers"].items()),
        "orders": f"You have ordered {said['orders']} times.",
        **NEWS,
    }
    title, text = escape(name.capitalize()), escape(words.get(name, ""))
    inside = f"<h2>{title}</h2><p>{text}</p>{''.join(more)}"
    return f'<article class="card widget" data-widget="{escape(name)}">{inside}</article>'


def products(_request: web.Request, said: list[Answer]) -> str:
    rows = "".join(
        f"<tr><td>{escape(each['name'])}<td>{euros(each['price_cents'])}"
        f'<td><a class="quiet button" style="margin:0" href="/cart?items={each["id"]}">Into the cart</a>'
        for each in said
    )
    return f"<h1>Products</h1><table class=card>{rows}</table>"


def cart(request: web.Request, said: Answer) -> str:
    customer, items = int(request.query.get("customer", "0")), said["items"]
    ask = (
        "<form class=card action=/cart><p>Numbers of the products, with commas</p>"
        f'<p style="margin-top:10px"><input id=items name=items value="{",".join(map(str, items))}">'
        " <button id=show class=quiet style='margin:0 0 0 8px'>Show</button></form>"
    )
    if not items:
        return f"<h1>Your cart is empty</h1>{ask}"
    total = f"<p class=total>{len(items)} things, {euros(said['total_cents'])}</p>"
    pay = f"<button id=pay onclick='pay({customer}, {items})'>Pay</button><p id=paid></p>"
    return f"<h1>Your cart</h1>{ask}<section class=card style='margin-top:20px'>{total}{pay}</section>"


def trouble(_request: web.Request, said: Answer) -> str:
    words = str(said.get("error", "something went wrong"))
    told = f"<p>{escape(words[:1].upper() + words[1:])}.</p>"
    return f"<section class='card trouble'><h1>That did not work</h1>{told}</section>"


def plain(_request: web.Request, said: Answer) -> str:
    return f"<pre class=card>{escape(json.dumps(said, indent=2))}</pre>"


def euros(cents: int) -> str:
    return f"€ {cents / 100:.2f}"


PAGES: dict[str, Callable[[web.Request, Any], str]] = {"/": dashboard, "/products": products, "/cart": cart}
