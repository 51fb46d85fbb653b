"""One address seen through one browser: a stop is carried out there, and its picture comes back with what failed.

Each visit has a context of its own, so staging and production share no cookies. Where it `only_looks` (production), a
stop opens its page and waits a little, and every request that could change something is stopped on its way. The one
thing to remember: the page is a stranger's. It may never end loading, ask in dialogs for ever, open windows, lead
elsewhere or die; each of these costs one picture at most.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Dialog, Locator, Page, Request, Route
from playwright.async_api import Error as BrowserError

from bot.adapters.tour.reach import Reach, host_of
from bot.core.quantities import duration_in_words
from bot.core.tour import Stop, Walkthrough

MARK = Path(__file__).with_name("mark.js").read_text(encoding="utf-8")
UNMARK = "() => document.querySelectorAll('songbird-mark').forEach((mark) => mark.remove())"

PICTURE_BYTES_MAX = 2_000_000
"""A picture that is larger is taken again with one point a pixel, and left out when it is still too large."""
PICTURE_SECONDS_MAX = 5.0
SETTLE_SECONDS_MAX = 3.0
"""For what a page loads after its text; one that never ends loading is shown as it is then."""
QUIET_SECONDS = 0.25
"""Without a request after a press: then it has led to what it leads to."""
PRODUCTION_WAIT_SECONDS_MAX = 3.0
"""What a stop waits for may be new, and then production never shows it."""
CLOSE_SECONDS_MAX = 1.5
AGAIN_SECONDS = 0.3
"""A page that was just replaced by another cannot be pictured for a moment."""
POINTS_A_PIXEL = 2
"""So that text is sharp when a phone shows the picture small."""
BLOCKED_MAX = 20
"""Hosts that are told; a page may ask for thousands."""
REASON_CHARACTERS_MAX = 200

BEFORE = "Before, in production"
"""What is written beside the mark there: the caption tells of what is new."""

_METHOD = re.compile(r"^\w+\.\w+: ")
"""With which Playwright's messages begin: `Locator.click: `."""

READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Seen:
    picture: bytes | None
    failure: str = ""


@dataclass
class Visit:
    context: BrowserContext
    address: str
    reach: Reach
    shot_seconds_max: float
    only_looks: bool
    blocked: dict[str, None] = field(default_factory=dict)
    """Hosts, in the order in which they were first asked for."""
    _page: Page | None = None
    _trying: str = ""
    """In words for people, what the stop is at: it becomes the failure when it does not work."""
    _led_to: str = ""
    """The host that the page itself, and not only a part of it, was sent to in vain."""
    _has_crashed: bool = False
    _asked_for: int = 0
    _in_flight: set[Request] = field(default_factory=set)
    """Requests: how many there have been, and those without their answer."""

    async def see(self, number: int, stop: Stop) -> Seen:
        """Carry the stop out and take its picture, marked where it could be."""
        failure = self._led_to = ""
        self._has_crashed = False
        try:
            async with asyncio.timeout(self.shot_seconds_max):
                page = await self._present_page()
                await self._carry_out(page, number, stop)
        except TimeoutError:
            failure = f"{self._trying} within {duration_in_words(self.shot_seconds_max)}"
        except BrowserError as error:
            failure = self._in_words(error)
        picture, trouble = await self._picture()
        if self._has_crashed:  # often told late, and under other names
            failure = f"{self._trying}: the page crashed"
        return Seen(picture, failure or trouble)

    async def _present_page(self) -> Page:
        self._trying = "the browser opened no page"
        if self._page is None or self._page.is_closed():
            self._page = await self.context.new_page()
            self._page.on("popup", _close_window)
            self._page.on("crash", self._crashed)
        return self._page

    async def _carry_out(self, page: Page, number: int, stop: Stop) -> None:
        if stop.open is not None:
            self._trying = f"{stop.open} did not open"
            await page.goto(self.address.rstrip("/") + stop.open, wait_until="domcontentloaded")
        if stop.type is not None:
            self._trying = f"{stop.type.into} could not be filled in"
            await page.locator(stop.type.into).first.fill(stop.type.text)
        if stop.click is not None:
            self._trying = f"{stop.click} could not be pressed"
            await page.locator(stop.click).first.click()
        if stop.wait_for is not None:
            self._trying = f"{stop.wait_for} did not appear"
            await self._wait_for(page.locator(stop.wait_for).first)
        await self._settle(page, pressed=stop.click is not None)
        if stop.highlight is not None:
            self._trying = f"{stop.highlight} could not be found to be marked"
            caption = BEFORE if self.only_looks else stop.words
            await self._mark(page.locator(stop.highlight).first, number, caption)

    async def _settle(self, page: Page, *, pressed: bool) -> None:
        """Until the page has loaded and, when something was pressed, what that led to."""
        with suppress(BrowserError):
            await page.wait_for_load_state("load", timeout=SETTLE_SECONDS_MAX * 1000)
        if not pressed:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS_MAX):
                seen = -1
                while self._in_flight or seen != self._asked_for:
                    seen = self._asked_for
                    await asyncio.sleep(QUIET_SECONDS)

    async def _wait_for(self, locator: Locator) -> None:
        if not self.only_looks:
            return await locator.wait_for()
        with suppress(BrowserError):
            await locator.wait_for(timeout=PRODUCTION_WAIT_SECONDS_MAX * 1000)
        return None

    async def _mark(self, locator: Locator, number: int, caption: str) -> None:
        if self.only_looks and not await locator.is_visible():
            return
        await locator.wait_for()
        await locator.evaluate(MARK, {"number": number, "caption": caption})

    async def _picture(self) -> tuple[bytes | None, str]:
        """Of the page as it stands; a page that cannot be pictured any more is given up."""
        if self._page is None:
            return None, ""
        try:
            async with asyncio.timeout(PICTURE_SECONDS_MAX):
                taken = await _photograph(self._page)
                with suppress(BrowserError):  # a page that moves on takes the mark along
                    await self._page.evaluate(UNMARK)
        except (TimeoutError, BrowserError):
            await self._give_up_page()
            return None, "the page could not be pictured"
        if len(taken) > PICTURE_BYTES_MAX:
            return None, f"the picture has more than {PICTURE_BYTES_MAX / 1e6:g} MB"
        return taken, ""

    async def _give_up_page(self) -> None:
        given_up, self._page = self._page, None
        with suppress(TimeoutError, BrowserError):
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                if given_up is not None:
                    await given_up.close()

    def _in_words(self, error: BrowserError) -> str:
        """Playwright's messages are long, and for programmers; the network's own reasons are short."""
        said = error.message
        if "Timeout" in said:
            return f"{self._trying} within {duration_in_words(self.shot_seconds_max)}"
        if "net::" in said and self._led_to:
            return f"{self._trying}: it leads to {self._led_to}, which the plan does not allow"
        if "net::" in said:
            reason = said.partition("net::ERR_")[2].split()[0].strip(";").replace("_", " ").lower()
            return f"{self._trying}: {reason}"
        if "closed" in said:
            return f"{self._trying}: the browser or its page ended"
        if "Download is starting" in said:
            return f"{self._trying}: it is a download"
        return f"{self._trying}: {first_line(error)}"

    def _crashed(self, _page: Page) -> None:
        self._has_crashed = True

    # ── what the page asks for ───────────────────────────────────────────────────────────────────────────────────────

    async def asked(self, route: Route) -> None:
        """Before a request leaves."""
        request = route.request
        allowed = self.reach.holds(request.url)
        if not allowed:
            self._block(request)
        with suppress(BrowserError):
            if allowed and (request.method in READS or not self.only_looks):
                await route.continue_()
            else:
                await route.abort("blockedbyclient")

    def began(self, request: Request) -> None:
        self._asked_for += 1
        self._in_flight.add(request)

    def finished(self, request: Request) -> None:
        self._in_flight.discard(request)

    def failed(self, request: Request) -> None:
        """A redirect is never asked about, and ends here when it leads elsewhere."""
        self.finished(request)
        if not self.reach.holds(request.url):
            self._block(request)

    def _block(self, request: Request) -> None:
        host = host_of(request.url)
        if len(self.blocked) < BLOCKED_MAX:
            self.blocked[host] = None
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self._led_to = host


async def visit(browser: Browser, walkthrough: Walkthrough, address: str, *, only_looks: bool) -> Visit:
    """A context in which nothing is kept, downloaded, installed or asked of the person before the screen."""
    size = walkthrough.viewport
    context = await browser.new_context(
        viewport={"width": size.width, "height": size.height},
        device_scale_factor=POINTS_A_PIXEL,
        accept_downloads=False,
        service_workers="block",
        permissions=[],
        reduced_motion="reduce",
        locale="en-GB",
    )
    context.set_default_timeout(walkthrough.shot_time_max * 1000)
    made = Visit(context, address, Reach(walkthrough), walkthrough.shot_time_max, only_looks)
    await context.route("**/*", made.asked)
    context.on("request", made.began)
    context.on("requestfinished", made.finished)
    context.on("requestfailed", made.failed)
    context.on("dialog", _answer_dialog)
    return made


def first_line(error: BrowserError) -> str:
    """What Playwright says, without the method's name and the long rest."""
    return _METHOD.sub("", error.message.strip().partition("\n")[0])[:REASON_CHARACTERS_MAX]


async def _photograph(page: Page) -> bytes:
    """PNG of what the window shows, and of no more, however long the page is."""
    try:
        taken = await page.screenshot(animations="disabled")
    except BrowserError:
        await asyncio.sleep(AGAIN_SECONDS)
        taken = await page.screenshot(animations="disabled")
    if len(taken) > PICTURE_BYTES_MAX:
        taken = await page.screenshot(animations="disabled", scale="css")
    return taken


async def _answer_dialog(dialog: Dialog) -> None:
    """No, to whatever is asked; but whoever wants to leave a page may."""
    with suppress(BrowserError):
        await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())


async def _close_window(window: Page) -> None:
    """Windows that the page opened."""
    with suppress(BrowserError):
        await window.close()
