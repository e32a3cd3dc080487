"""Take the pictures of docs/pictures from a demo of their own: ``make screenshots``.

Ten screens, each light, dark and at 360 px, in German and in Arabic. A picture that scrolls
sideways is a failure. What is on them changes with the demo, not with the day.
"""

import asyncio
import base64
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import aiohttp
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import MISSING, arguments, executable
from tests.browser.visit import Visit, visit

FOLDER: Final = Path("docs/pictures")
DEMO: Final = Path("build/pictures")
SCALE: Final = ("--reset", "--subscribers", "400", "--months", "8", "--port", "0")
BYTES_MAX: Final = 3_000_000
QUALITY: Final = 0.82
_SAID: Final = re.compile(r"^(API key|Sign in|Buy something|Mails to customers)\b.* (\S+)$")
_PACK: Final = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const packed = await canvas.convertToBlob({type: "image/webp", quality});
  const bytes = new Uint8Array(await packed.arrayBuffer());
  return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
}"""


class Look(NamedTuple):
    """A way to see a screen."""

    name: str
    scheme: Literal["light", "dark"]
    width: int
    language: str


LOOKS: Final = (
    Look("light", "light", 1280, "en"), Look("dark", "dark", 1280, "en"),
    Look("phone", "light", 360, "en"), Look("de", "light", 1280, "de"),
    Look("ar", "light", 1280, "ar"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that serves: its origin, a key of its API, and the pages that it names."""

    url: str
    key: str
    console: str
    checkout: str

    async def read(self, path: str) -> Any:
        """Read an object of the API."""
        return await self._ask("GET", path)

    async def make(self, path: str, body: dict[str, object]) -> Any:
        """Make one."""
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.url + path, **more) as reply,
        ):
            assert reply.status in {200, 201}, await reply.text()
            return await reply.json()


@dataclass(frozen=True, slots=True)
class Camera:
    """Takes pictures of a page and packs them."""

    packing: Page

    async def take(self, shown: Visit, name: str) -> None:
        """Take a screen in each look; its address is kept, and its language asked for there."""
        url = shown.page.url.partition("?")[0]
        for look in LOOKS:
            page = shown.page
            await page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
            await page.set_viewport_size({"width": look.width, "height": 860})
            await page.goto(f"{url}?lang={look.language}")
            await _settled(page)
            assert await shown.sideways() == 0, (name, look)
            picture = base64.b64encode(await page.screenshot()).decode()
            packed = await self.packing.evaluate(_PACK, [picture, QUALITY])
            FOLDER.joinpath(f"{name}-{look.name}.webp").write_bytes(base64.b64decode(packed))


async def _settled(page: Page) -> None:
    """Wait for what comes by itself: the provider's fields, the bank's page."""
    await page.wait_for_load_state("networkidle")
    if await page.locator("[data-fields]").count():
        await page.wait_for_selector(".frame:not([data-waits])")
        await page.wait_for_timeout(200)  # they fade in


async def checkout(browser: Browser, demo: Demo, camera: Camera) -> None:
    """Show an order with a coupon, a refused card, and the bank's question."""
    async with _seen(browser, f"{demo.checkout}?lang=en") as buyer:
        page = buyer.page
        await page.locator(".coupon summary").first.click()
        await page.locator("#code").fill("WELCOME50")
        await page.locator(".coupon button").click()
        await page.wait_for_load_state("networkidle")
        await camera.take(buyer, "checkout")
        await buyer.type_card()
        for box in await page.locator("label.confirm input").all():  # what the market wants read
            await box.check()
        await buyer.order()
        await buyer.stands("action_required")
        await camera.take(buyer, "checkout-bank")
        await buyer.confirm("fail")
        await buyer.stands("declined")
        await camera.take(buyer, "checkout-declined")


async def portal(browser: Browser, demo: Demo, camera: Camera) -> None:
    """Show somebody's account, another plan exactly previewed, and a pause."""
    listed = (await demo.read("/v1/subscriptions?status=active&limit=100"))["data"]
    chosen = next(one for one in listed if one["plan"] == "individual_monthly")
    link = await demo.make(f"/v1/customers/{chosen['customer']}/portal_links", {})
    async with _seen(browser, demo.url + link["url"]) as somebody:
        page = somebody.page
        await page.locator("main button[type=submit]").click()
        await somebody.stands("portal")
        await camera.take(somebody, "portal")
        await page.goto(f"{demo.url}/portal/plan/{chosen['id']}/family_monthly")
        await camera.take(somebody, "portal-change")
        await page.goto(f"{demo.url}/portal/pause/{chosen['id']}")
        await camera.take(somebody, "portal-pause")


async def console(browser: Browser, demo: Demo, camera: Camera) -> None:
    """Show the overview, a customer, a payment and an invoice."""
    late = (await demo.read("/v1/subscriptions?status=past_due&limit=1"))["data"][0]
    async with _seen(browser, demo.console) as owner:
        page = owner.page
        await page.locator("main form button").click()
        await page.wait_for_url("**/console")
        await camera.take(owner, "console-overview")
        customer = f"{demo.url}/console/customers/{late['customer']}"
        for kind in ("payments", "invoices"):
            await page.goto(customer)
            await page.locator(f'main a[href^="/console/{kind}/"]').first.click()
            await page.wait_for_url(f"**/console/{kind}/**")
            await camera.take(owner, f"console-{kind.removesuffix('s')}")
        await page.goto(customer)
        await camera.take(owner, "console-customer")


SCREENS: Final[tuple[Callable[[Browser, Demo, Camera], Awaitable[None]], ...]] = (
    checkout, portal, console,
)  # fmt: skip


@asynccontextmanager
async def _seen(browser: Browser, url: str) -> AsyncGenerator[Visit]:
    async with visit(browser, url, device_scale_factor=1.5) as shown:
        yield shown
        shown.faults.clear()  # a refused card is told in the console as well


@contextmanager
def served() -> Iterator[Demo]:
    """Build a demo and serve it until the pictures are taken."""
    run = "from ledgerline.main import run; run()"
    command = [sys.executable, "-c", run, "--data-dir", str(DEMO), "demo", *SCALE]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said: dict[str, str] = {}
        heard: list[str] = []
        for line in process.stdout:
            heard.append(line)
            found = _SAID.match(line.strip())
            if found is not None:
                said[found[1]] = found[2]
            if "Mails to customers" in said:
                break
        try:
            assert "Mails to customers" in said, "".join(heard)
            yield Demo(
                url=said["Mails to customers"].removesuffix("/mail"), key=said["API key"],
                console=said["Sign in"], checkout=said["Buy something"],
            )  # fmt: skip
        finally:
            process.terminate()


async def take(found: str, demo: Demo) -> None:
    """Take every picture."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=arguments())
        camera = Camera(await browser.new_page())
        for screen in SCREENS:
            await screen(browser, demo, camera)
        await browser.close()


def main() -> int:
    """Take the pictures anew, or say why not."""
    found = executable()
    if found is None:
        sys.stderr.write(f"no pictures were taken: {MISSING}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = {one: one.stat().st_mtime_ns for one in FOLDER.glob("*.webp")}
    with served() as demo:
        asyncio.run(take(found, demo))
    for old in [one for one, at in before.items() if one.stat().st_mtime_ns == at]:
        old.unlink()  # nothing took it this time
    shutil.rmtree(DEMO, ignore_errors=True)
    size = sum(one.stat().st_size for one in FOLDER.glob("*.webp"))
    count = len(list(FOLDER.glob("*.webp")))
    sys.stdout.write(f"{count} pictures, {size / 1e6:.1f} MB, in {FOLDER}\n")
    return 0 if size <= BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
