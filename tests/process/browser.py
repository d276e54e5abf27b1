"""A real browser for pages: headless Chromium, steered by its driver, with no way to the network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from selenium_axe_python import Axe

_ARGUMENTS = (
    "--headless=new",
    # The pages are ours, and root, as in most containers, can't have a sandbox.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--proxy-server=127.0.0.1:9",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class Browser:
    """One browser window; `open` shows a file in it as a reader with these wishes would see it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self._address = ""

    def open(
        self,
        file: Path,
        *,
        width: int = 1000,
        height: int = 900,
        scheme: str = "light",
        media: str = "screen",
        scripts: bool = True,
    ) -> None:
        """Show a file, and forget what was requested and complained of before.

        Args:
            scheme: `light` or `dark`; media: `screen` or `print`.
            scripts: whether the page may run any; tests can, all the same.
        """
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._command("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._command("Emulation.setEmulatedMedia", {"media": media, "features": [feature]})
        self._command("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        for log in ("performance", "browser"):
            self.driver.get_log(log)
        self._address = file.as_uri()
        self.driver.get(self._address)

    def requests(self) -> list[str]:
        """Addresses of everything that was asked for since `open`, but for the page itself."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        assert self._address in sent
        return [url for url in sent if url != self._address and not url.startswith("data:")]

    def complaints(self) -> list[str]:
        """What stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def violations(self) -> list[str]:
        """What axe-core has against the page, a line for each rule."""
        axe = Axe(self.driver)
        axe.inject()
        found = axe.run()
        assert len(found["passes"]) > 10
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    def ask(self, script: str, *arguments: Any) -> Any:
        """Run a script of the test's own and have what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait_until(self, script: str, seconds: float = 20.0) -> None:
        """Run a script until it returns something true."""
        WebDriverWait(self.driver, seconds, 0.05).until(lambda driver: driver.execute_script(script))

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        (element,) = self.all(selector)
        return element

    def texts(self, selector: str) -> list[str]:
        """What is to be read in each of the elements, seen or not."""
        found = self.ask("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)
        return [" ".join(text.split()) for text in found]

    def point_at(self, x: float, y: float, *, click: bool = False) -> None:
        """Move the mouse to a place in the window, in CSS pixels."""
        builder = ActionBuilder(self.driver)
        builder.pointer_action.move_to_location(round(x), round(y))
        if click:
            builder.pointer_action.click()
        builder.perform()

    def touch(self, x: float, y: float, *moves: float) -> None:
        """Put a finger on a place in the window, move it up (less than 0) or down by each of `moves`, and lift it."""
        self._command("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for move in moves:
            y += move
            self._command("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
        self._command("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, in whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def screenshot(self, file: Path) -> None:
        """The whole page as a PNG."""
        size = self.ask("const root = document.documentElement; return [root.clientWidth, root.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        taken = self._command("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        file.write_bytes(base64.b64decode(taken["data"]))

    def printed(self) -> bytes:
        """The page as a PDF, as it would be printed."""
        return base64.b64decode(self._command("Page.printToPDF", {"printBackground": True})["data"])

    def _command(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return answer


@contextmanager
def started(binary: str, driver: str, profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, ended afterwards."""
    options = Options()
    options.binary_location = binary
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(driver))
    # axe-core takes its time on a busy machine.
    window.set_script_timeout(110)
    try:
        yield Browser(window)
    finally:
        window.quit()
