"""The shop's customers: an open-loop load generator.

Customers arrive at random (Poisson), however slow the shop is, as real ones do; each looks at the dashboard, at a
product or two, and perhaps at the cart and the checkout, with pauses, and leaves when a page fails.
`requests_per_second` is the rate at which requests come when nothing fails; it may be changed while running.
"""

import asyncio
import random
import time
from collections import Counter, deque

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

SECOND_LOOK_SHARE = 0.5
CART_SHARE = 0.7
CHECKOUT_SHARE = 0.75
REQUESTS_PER_CUSTOMER = 1 + 1 + SECOND_LOOK_SHARE + CART_SHARE * (1 + CHECKOUT_SHARE)
PAUSE_SECONDS_MEAN = 0.5
PRODUCTS = 12
CUSTOMERS = 5000
PATIENCE_SECONDS = 5.0
CUSTOMERS_MAX = 2000  # at once; a shop that hangs must not fill our memory
ANSWERS_KEPT = 2000
SERVER_ERROR = 500


class Load:
    def __init__(self, requests_per_second: float, seed: int) -> None:
        self.requests_per_second = requests_per_second
        self.sent = 0
        self.answers: Counter[str] = Counter()
        self.shed = 0
        self._random = random.Random(seed)  # noqa: S311 - customers, no secrets
        self._recent: deque[float] = deque(maxlen=ANSWERS_KEPT)
        self._customers: set[asyncio.Task[None]] = set()

    async def run(self, url: str) -> None:
        """Sends customers to the shop until cancelled."""
        session = ClientSession(
            url,
            connector=TCPConnector(limit=0),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=PATIENCE_SECONDS),
        )
        arrives_at = time.monotonic()
        try:
            while True:
                arrives_at += self._random.expovariate(self.requests_per_second / REQUESTS_PER_CUSTOMER)
                await asyncio.sleep(arrives_at - time.monotonic())
                self._arrive(session)
        finally:
            for customer in self._customers:
                customer.cancel()
            await asyncio.gather(*self._customers, return_exceptions=True)
            await session.close()

    def describe(self) -> dict[str, object]:
        """What the customers saw: counts since the start, times in seconds over the last answers."""
        seconds = sorted(self._recent)
        return {
            "requests_per_second": self.requests_per_second,
            "sent": self.sent,
            "answers": dict(self.answers),
            "shed": self.shed,
            "customers": len(self._customers),
            **{f"p{q}_seconds": seconds[len(seconds) * q // 100] if seconds else None for q in (50, 95, 99)},
        }

    def _arrive(self, session: ClientSession) -> None:
        if len(self._customers) >= CUSTOMERS_MAX:
            self.shed += 1
            return
        customer = asyncio.create_task(self._shop(session))
        self._customers.add(customer)
        customer.add_done_callback(self._customers.discard)

    async def _shop(self, session: ClientSession) -> None:
        chance = self._random
        customer, item = chance.randrange(1, CUSTOMERS), chance.randint(1, PRODUCTS)
        looks = [f"/products?customer={customer}&viewed={item}"] * (1 + (chance.random() < SECOND_LOOK_SHARE))
        pages = [f"/?customer={customer}", *looks]
        buys = chance.random() < CART_SHARE
        if buys:
            pages.append(f"/cart?items={item}")
        for page in pages:
            if not await self._request(session, "GET", page):
                return
            await asyncio.sleep(chance.expovariate(1 / PAUSE_SECONDS_MEAN))
        if buys and chance.random() < CHECKOUT_SHARE:
            await self._request(session, "POST", "/checkout", {"customer": customer, "items": [item]})

    async def _request(self, session: ClientSession, method: str, path: str, body: object = None) -> bool:
        """Whether the shop answered as it should."""
        self.sent += 1
        sent_at = time.perf_counter()
        try:
            async with session.request(method, path, json=body) as answer:
                await answer.read()
        except (ClientError, TimeoutError):
            self.answers["none"] += 1
            return False
        self._recent.append(time.perf_counter() - sent_at)
        self.answers[str(answer.status)] += 1
        return answer.status < SERVER_ERROR
