"""`python -m tests.pictures FOLDER`: the pictures of the README and the docs, taken of the demo while it plays.

Two stories are played, one that ends healthy and one that is rolled back, and a browser looks on at the width of a desk
and of a phone. While the first is asked about, a second one waits behind it and next week has a freeze, so that Home
has something to show. The one thing to remember: nothing is drawn for the camera; what is in them was on the page.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.core.model import Phase, Release
from bot.sandbox.demo import World, world
from bot.sandbox.people import ADA, PRIYA, VICTOR, People
from bot.sandbox.stories import Play

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-background-networking")
DESK = {"width": 1400, "height": 1000}
TALL = {"width": 1400, "height": 1700}
"""A thread is read from its question to its buttons, or from its diagnosis to its chart."""
PHONE = {"width": 390, "height": 844}
CAVEAT = "Phones get it next week; support knows."
SETTLED_MS = 1_200
"""What was said is posted, pictures are loaded, and nothing moves any more."""

TO_TEXT = """([pane, text]) => {
    const list = document.querySelector(pane);
    const rows = [...list.querySelectorAll("[data-ts]")].filter((row) => row.innerText.includes(text));
    rows.at(-1)?.scrollIntoView({ block: "start" });
    return rows.length;
}"""


@dataclass(frozen=True)
class Camera:
    browser: Browser
    url: str
    folder: Path

    @asynccontextmanager
    async def page(self, size: dict[str, int], who: str = ADA, place: str = "") -> AsyncIterator[Page]:
        page = await self.browser.new_page(viewport={"width": size["width"], "height": size["height"]})
        await page.goto(f"{self.url}/?as={who}{place}")
        await page.wait_for_timeout(SETTLED_MS)
        yield page
        await page.close()

    async def shoot(self, page: Page, name: str) -> None:
        await page.wait_for_timeout(SETTLED_MS)
        await page.screenshot(path=self.folder / f"{name}.png")

    async def card(self, play: Play, phase: str) -> None:
        """The release's card alone, as a phone shows it."""
        async with self.page(PHONE) as page:
            row = page.locator(f'#main [data-ts]:has-text("{_title(play)}")').first
            await row.screenshot(path=self.folder / f"card-{phase}.png")

    async def thread(self, play: Play, name: str, text: str, who: str = ADA, size: dict[str, int] = DESK) -> None:
        """The thread from its newest message that says so."""
        async with self.page(size, who) as page:
            await page.locator("text=/repl(y|ies)/").first.click()
            await page.wait_for_timeout(SETTLED_MS)
            if not await page.evaluate(TO_TEXT, ["#thread", text]):
                raise LookupError(f"nothing in the thread of {play.release_id} says {text!r}")
            await self.shoot(page, name)

    async def whole(self, name: str, size: dict[str, int], who: str = ADA, place: str = "") -> None:
        async with self.page(size, who, place) as page:
            await self.shoot(page, name)


def _title(play: Play) -> str:
    release = play.release()
    assert release is not None
    return release.name or release.ref


async def good(camera: Camera, play: Play) -> None:
    async with camera.page(DESK) as page:
        await play.people.type(ADA, "/stage", "shop")
        await page.locator("dialog").wait_for()
        await camera.shoot(page, "stage-form")
    await play.people.type(ADA, "/stage", "shop v1.1.0")
    await play.until(lambda it: it.phase is not Phase.PREPARING and it.name != "", "staging")
    await asyncio.sleep(SETTLED_MS / 1_000)
    await camera.card(play, "staging")
    await play.until(_is_asked, "a question")
    await asyncio.sleep(4)
    await camera.card(play, "review")
    await _home(camera, play)
    await play.approve()
    await play.until(_is_at(10), "10 %")
    await asyncio.sleep(3)
    await camera.card(play, "canary")
    await play.until(lambda it: it.phase is Phase.WATCHING, "the watch")
    await asyncio.sleep(2)
    await camera.card(play, "watch")
    await play.ended()
    await asyncio.sleep(4)
    await camera.card(play, "healthy")


async def _home(camera: Camera, play: Play) -> None:
    """With something in each of its parts; the one that waited behind is called off before it would move."""
    monday = (date.today() + timedelta(days=7)).isoformat()  # noqa: DTZ011 - the day that people here would type
    await play.people.type(ADA, "/release", f"freeze from {monday} 18:00 to {monday} 23:00 shop the shop moves house")
    await play.people.type(ADA, "/stage", "shop v1.2.0")
    await asyncio.sleep(4)
    await camera.whole("home", DESK, PRIYA, "#/home")
    await camera.whole("home-phone", PHONE, PRIYA, "#/home")
    await play.people.type(ADA, "/release", "cancel shop-2 its database change comes next week")


async def bad(camera: Camera, play: Play) -> None:
    await play.people.type(ADA, "/stage", "shop v1.2.0")
    await play.until(lambda it: _is_asked(it) and bool(it.shots), "a question, and the pictures of the tour")
    await asyncio.sleep(6)
    await camera.thread(play, "approval", "Review asked", VICTOR, TALL)
    await camera.thread(play, "walkthrough", "A walk through")
    await _concern(camera, play)
    await play.approve(shows=CAVEAT)
    await play.until(_is_at(25), "25 %")
    await asyncio.sleep(2.5)
    await camera.whole("canary", DESK)
    await play.ended()
    await asyncio.sleep(10)
    await camera.card(play, "rolled-back")
    await camera.thread(play, "rollback-thread", "Diagnosis", size=TALL)
    await camera.whole("rollback", {"width": 1000, "height": 800})
    await camera.whole("phone", PHONE)


async def _concern(camera: Camera, play: Play) -> None:
    """Raised by one, decided by another; the form is opened by hand, as a person sees it."""
    async with camera.page(DESK, VICTOR) as page:
        await page.locator("text=/repl(y|ies)/").first.click()
        await page.locator("#thread button:has-text('Raise a concern')").last.click()
        await page.locator("dialog textarea").first.fill("The voucher field is hidden behind the keyboard on phones.")
        await page.locator("dialog input[type=radio]").nth(1).check()
        await camera.shoot(page, "concern-form")
        await page.locator("dialog button:has-text('Raise')").last.click()
        await page.wait_for_timeout(2 * SETTLED_MS)
    await camera.thread(play, "concern", "hidden behind the keyboard", PRIYA)
    await play.people.press(PRIYA, "decide_concern")
    caveat = {"type": "radio_buttons", "selected_option": {"value": "caveat"}}
    words = {"type": "plain_text_input", "value": CAVEAT}
    await play.people.fill_in(PRIYA, "decide_concern", decision=caveat, words=words)


def _is_asked(release: Release) -> bool:
    return release.entry is not None and bool(release.entry.asked)


def _is_at(percent: float) -> Callable[[Release], bool]:
    return lambda it: it.entry is not None and it.entry.exposure == percent and it.entry.observed_at is not None


STORIES = (good, bad)


async def main(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for story in STORIES:
            async with world() as running, People(running.workspace.url) as people:
                await _play(running, people, Camera(browser, running.workspace.url, folder), story)
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
    asyncio.run(main(chosen))
