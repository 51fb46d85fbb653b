"""`python -m tests.pictures FOLDER [STORY]`: the pictures of the README and the docs, taken of the demo while it plays.

Three stories are played, and a browser looks on at the width of a desk and of a phone: a release that ends healthy, one
that is rolled back, and one that is asked about while another one waits behind it. The one thing to remember: nothing
is drawn for the camera, and it waits for what should be seen, never for a time; what does not come is an error, and not
a picture without it.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.core.model import Phase, Release
from bot.sandbox.demo import World, world
from bot.sandbox.people import ADA, PRIYA, VICTOR, People
from bot.sandbox.stories import Play

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-background-networking")
DESK, PHONE = (1200, 760), (390, 844)
LONG, CARD = (1397, 6_000), (390, 1_600)
"""A thread, and a card, that need no scrolling, and begin at a whole pixel: nothing else is in what is cut out."""
SEEN_MS = 60_000
"""However long it takes until what should be in a picture is on the page."""
NUMBERS = "errors [0-9.]+ %"
CAVEAT = "Phones get it next week; support knows."

STILL = """() => document.fonts.status === "loaded" && !document.querySelector(".busy")
    && [...document.images].every((image) => {
        const { top, bottom } = image.getBoundingClientRect();
        return bottom < 0 || top > innerHeight || (image.complete && image.naturalWidth > 0);
    })"""
"""Nothing is under way, and every image in sight is there."""

FITTED = """(text) => {
    const scroller = document.querySelector("#main .scroller");
    const rows = [...scroller.querySelectorAll("[data-ts]")];
    const first = rows.findLast((row) => row.innerText.includes(text)).getBoundingClientRect();
    const shown = rows.at(-1).getBoundingClientRect().bottom - first.top;
    return Math.ceil(innerHeight - scroller.clientHeight + shown + 16);
}"""
"""How high a window is that shows the channel from there on, and nothing before it."""


@dataclass(frozen=True)
class Camera:
    browser: Browser
    url: str
    folder: Path

    @asynccontextmanager
    async def page(self, size: tuple[int, int], who: str = ADA, place: str = "") -> AsyncIterator[Page]:
        """As somebody sees it for whom nothing moves: a glow would be half of what is in a picture."""
        page = await self.browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        page.set_default_timeout(SEEN_MS)
        await page.goto(f"{self.url}/?as={who}{place}")
        yield page
        await page.close()

    async def shoot(self, page: Page, name: str, part: Locator | None = None) -> None:
        """All of the page, or a part of it, once nothing is under way."""
        await page.mouse.move(0, 0)
        await page.wait_for_function(STILL)
        await (part or page).screenshot(path=self.folder / f"{name}.png")

    async def card(self, play: Play, name: str, *shows: str) -> None:
        """The release's card alone, as a phone shows it, once it shows all of this."""
        async with self.page(CARD) as page:
            await self.shoot(page, name, await _row(page, "#main", _title(play), *shows))

    async def thread(self, name: str, *shows: str, who: str = ADA) -> None:
        """One message of a thread alone, the newest that shows all of this."""
        async with self.page(LONG, who) as page:
            await _open_thread(page)
            await self.shoot(page, name, await _row(page, "#thread", *shows))

    async def channel(self, name: str, width: int, first: str, last: str) -> None:
        """The page, as high as it has to be to show the channel from this message on."""
        async with self.page((width, PHONE[1])) as page:
            for text in (first, last):
                await _row(page, "#main", text)
            await page.set_viewport_size({"width": width, "height": await page.evaluate(FITTED, first)})
            await self.shoot(page, name)

    async def home(self, name: str, size: tuple[int, int], who: str, *shows: str) -> None:
        async with self.page(size, who, "#/home") as page:
            for text in shows:
                await page.locator("#main", has_text=text).wait_for()
            await self.shoot(page, name)


async def _row(page: Page, pane: str, *shows: str) -> Locator:
    """The newest message that shows all of this, once there is one; spaces are as they come."""
    row = page.locator(f"{pane} [data-ts]")
    for text in shows:
        row = row.filter(has_text=re.compile(text.replace(" ", r"\s+")))
    await row.last.wait_for()
    return row.last


async def _open_thread(page: Page) -> None:
    await page.locator("#main .replies").first.click()
    await page.locator("#thread [data-ts]").first.wait_for()


def _title(play: Play) -> str:
    release = play.release()
    assert release is not None
    return f"{release.name or release.ref} · {play.release_id}"


async def good(camera: Camera, play: Play) -> None:
    await _form(camera, play)
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.until(lambda it: it.phase is not Phase.PREPARING and it.name != "", "staging")
    await camera.card(play, "card-staging", "Proving on staging", "health not yet", NUMBERS)
    await play.until(_is_asked, "a question")
    await camera.card(play, "card-review", "health go", "Waiting for approval")
    await play.approve()
    await camera.card(play, "card-canary", "10 % of traffic", NUMBERS)
    await play.until(_is_at(25), "25 %")
    async with camera.page(DESK) as page:
        await _row(page, "#main", "25 % of traffic", NUMBERS)
        await camera.shoot(page, "canary")
    await camera.card(play, "card-watch", "being watched", NUMBERS)
    await play.ended()
    await camera.card(play, "card-healthy", "Healthy since")


async def _form(camera: Camera, play: Play) -> None:
    """With a version chosen in it and its risk below; closed again, or it would lie over everything that follows."""
    async with camera.page(DESK) as page:
        await play.people.type(ADA, "/stage", "shop")
        version = await page.locator("dialog option", has_text="v1.2.0").first.get_attribute("value")
        await page.locator("dialog select").nth(1).select_option(version)
        await page.locator("dialog", has_text="Risk of v1.2.0").wait_for()
        await camera.shoot(page, "stage-form", page.locator("dialog"))
        await page.locator("dialog button:has-text('Not now')").click()
        await page.locator("dialog").wait_for(state="detached")


async def asked(camera: Camera, play: Play) -> None:
    """Home, with something in each of its parts: next week has a freeze."""
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.until(_is_asked, "a question")
    monday = (date.today() + timedelta(days=7)).isoformat()  # noqa: DTZ011 - the day that people here would type
    await play.people.type(ADA, "/release", f"freeze from {monday} 18:00 to {monday} 23:00 shop the shop moves house")
    await play.people.type(ADA, "/stage", "shop v1.2.0")
    shows = ("Open the question", "Queued for staging", "the shop moves house")
    await camera.home("home", DESK, PRIYA, *shows)
    await camera.home("home-phone", PHONE, PRIYA, *shows)


async def bad(camera: Camera, play: Play) -> None:
    await play.people.type(ADA, "/stage", "shop v1.2.0")
    await play.until(lambda it: _is_asked(it) and bool(it.shots), "a question, and the pictures of the tour")
    await camera.thread("approval", "Review asked", "health go", who=VICTOR)
    await camera.thread("walkthrough", "A walk through")
    await _concern(camera, play)
    await play.approve(shows=CAVEAT)
    await play.ended()
    await camera.card(play, "card-rolled-back", "Rolled back", "Noticed")
    await camera.thread("rollback-chart", "What was measured, as a picture")
    await camera.thread("rollback-thread", "Diagnosis")
    await camera.channel("rollback", 1000, "Rolled back", "was rolled back")
    await camera.channel("phone", PHONE[0], "is going back", "was rolled back")


async def _concern(camera: Camera, play: Play) -> None:
    """Raised by one, decided by another; the form is opened by hand, as a person sees it."""
    async with camera.page(DESK, VICTOR) as page:
        await _open_thread(page)
        await page.locator("#thread button:has-text('Raise a concern')").last.click()
        await page.locator("dialog textarea").first.fill("The voucher field is hidden behind the keyboard on phones.")
        await page.locator("dialog input[type=radio]").nth(1).check()
        await camera.shoot(page, "concern-form", page.locator("dialog"))
        await page.locator("dialog button:has-text('Raise')").last.click()
        await page.locator("dialog").wait_for(state="detached")
    await camera.thread("concern", "Concern 1", "Decide", who=PRIYA)
    await play.people.press(PRIYA, "decide_concern")
    caveat = {"type": "radio_buttons", "selected_option": {"value": "caveat"}}
    words = {"type": "plain_text_input", "value": CAVEAT}
    await play.people.fill_in(PRIYA, "decide_concern", decision=caveat, words=words)


def _is_asked(release: Release) -> bool:
    return release.entry is not None and bool(release.entry.asked)


def _is_at(percent: float) -> Callable[[Release], bool]:
    return lambda it: it.entry is not None and it.entry.exposure == percent and it.entry.observed_at is not None


STORIES = {"good": good, "asked": asked, "bad": bad}


async def main(folder: Path, stories: list[str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for story in stories:
            async with world() as running, People(running.workspace.url) as people:
                await _play(running, people, Camera(browser, running.workspace.url, folder), STORIES[story])
        await browser.close()


async def _play(running: World, people: People, camera: Camera, story: Callable[[Camera, Play], object]) -> None:
    await running.start_bot()
    await running.wait_until_connected()
    store = running.store()
    told = story(camera, Play(running, people, store))
    assert asyncio.iscoroutine(told)
    await told
    store.close()


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen, sys.argv[2:] or list(STORIES)))
