"""The shop's pages and what every request is counted by.

Customers carry their cart with them (`items`, product numbers), so any copy of the shop can answer any request.
"""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from .database import Connection, Database, PoolExhaustedError
from .look import drawn
from .payments import PaymentDeclinedError, PaymentLostError, Payments
from .telemetry import ROUTES, Telemetry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pages:
    def __init__(self, database: Database, payments: Payments, telemetry: Telemetry) -> None:
        self._database = database
        self._payments = payments
        self._telemetry = telemetry

    def app(self) -> web.Application:
        app = web.Application(middlewares=[drawn, self.counted])
        app.router.add_get("/", self.dashboard)
        app.router.add_get("/products", self.products)
        app.router.add_get("/cart", self.cart)
        app.router.add_post("/checkout", self.checkout)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/metrics", self.metrics)
        return app

    @web.middleware
    async def counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in ("/healthz", "/metrics"):
            return await handler(request)
        arrived = time.perf_counter()
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            response = web.json_response({"error": refusal.reason}, status=refusal.status)
        except PoolExhaustedError as error:
            response = self.failed(503, str(error))
        except PaymentLostError:
            response = self.failed(502, "the payment provider did not answer")
        except Exception:  # noqa: BLE001 - a customer gets an answer whatever went wrong
            response = self.failed(500, "something went wrong")
        route = request.path if request.path in ROUTES else "other"
        self._telemetry.answered(route, response.status, time.perf_counter() - arrived)
        return response

    def failed(self, status: int, words: str) -> web.Response:
        self._telemetry.exceptions.inc()
        return web.json_response({"error": words}, status=status)

    async def dashboard(self, request: web.Request) -> web.Response:
        customer = int(request.query.get("customer", "0"))
        async with self._database.connection() as connection:
            widgets = await connection.query("SELECT name FROM widgets ORDER BY name")
            offers = await connection.query("SELECT product_id, percent FROM offers")
            orders = await connection.query("SELECT count(*) FROM orders WHERE customer = ?", customer)
        return web.json_response(
            {"widgets": [name for (name,) in widgets], "offers": dict(offers), "orders": orders[0][0]}
        )

    async def products(self, _request: web.Request) -> web.Response:
        async with self._database.connection() as connection:
            products = await connection.query("SELECT id, name, price_cents FROM products")
            stock: dict[int, int] = dict(await connection.query("SELECT product_id, pieces FROM stock"))
        return web.json_response(
            [{"id": id_, "name": name, "price_cents": cents, "pieces": stock[id_]} for id_, name, cents in products]
        )

    async def cart(self, request: web.Request) -> web.Response:
        items = [int(item) for item in request.query.get("items", "").split(",") if item]
        async with self._database.connection() as connection:
            total_cents = await self.total(connection, items)
        return web.json_response({"items": items, "total_cents": total_cents})

    async def checkout(self, request: web.Request) -> web.Response:
        order = await request.json()
        outcome = "failed"
        try:
            async with self._database.connection() as connection:
                total_cents = await self.total(connection, order["items"])
            receipt = await self._payments.charge(total_cents)
            async with self._database.connection() as connection:
                await self.store(connection, order["customer"], total_cents)
            outcome = "completed"
        except PaymentDeclinedError:
            outcome = "declined"
            return web.json_response({"error": "the payment was declined"}, status=402)
        finally:
            self._telemetry.checkouts.labels(outcome).inc()
        return web.json_response({"receipt": receipt})

    async def total(self, connection: Connection, items: list[int]) -> int:
        prices: dict[int, int] = dict(await connection.query("SELECT id, price_cents FROM products"))
        return sum(prices[item] for item in items)

    async def store(self, connection: Connection, customer: int, total_cents: int) -> None:
        await connection.query("INSERT INTO orders (customer, total_cents) VALUES (?, ?)", customer, total_cents)

    async def healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def metrics(self, _request: web.Request) -> web.Response:
        page = self._telemetry.page()
        if page is None:
            return web.Response(status=503, text="silenced for a drill")
        return web.Response(body=page, content_type="text/plain", charset="utf-8")
