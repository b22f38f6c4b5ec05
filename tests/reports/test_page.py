"""The page in a real browser: no console error, nothing missing, no sideways scroll on a phone."""

import json
import re
import shutil
import subprocess

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE = 360
PROBE = """<!doctype html><iframe id="page" src="PAGE" style="border:0;height:800px;width:WIDTHpx"></iframe>
<pre id="found"></pre><script>
document.getElementById("page").onload = event => {
  const inside = event.target.contentDocument;
  for (const d of inside.querySelectorAll("details")) d.open = true;
  const figures = [...inside.querySelectorAll("figure svg")];
  document.getElementById("found").textContent = JSON.stringify({
    width: inside.documentElement.scrollWidth,
    figures: figures.length,
    narrow: figures.filter(s => s.getBoundingClientRect().width < 200).length,
    wide: figures.filter(s => s.getBoundingClientRect().right > WIDTH).length,
    smallest: Math.min(...figures.flatMap(s => [...s.querySelectorAll("text")].map(t =>
      parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width))),
    missing: [...inside.images].filter(i => !i.naturalWidth).length,
    fetched: inside.defaultView.performance.getEntriesByType("resource").length,
    paper: getComputedStyle(inside.body).backgroundColor,
  });
};</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def look(page, tmp_path, width, *flags):
    """Return what the page shows at a width, and what the browser's console said."""
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.replace("PAGE", page.as_uri()).replace("WIDTH", str(width)))
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--allow-file-access-from-files",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=10000",
        "--dump-dom",
        *flags,
        probe.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'<pre id="found">(\{.*?\})</pre>', done.stdout)
    assert found, done.stdout[:500] + done.stderr[:500]
    return json.loads(found[1]), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("width", [PHONE, 1200])
def test_the_page_is_whole_at_any_width(default_report, tmp_path, width):
    found, console = look(default_report, tmp_path, width)
    assert not console
    assert found["width"] <= width
    assert found["figures"] >= 15
    assert found["narrow"] == found["wide"] == found["missing"] == found["fetched"] == 0
    assert found["smallest"] >= 8  # pixels of the smallest text in a figure


def test_the_page_follows_the_dark_scheme(default_report, tmp_path):
    light, _ = look(default_report, tmp_path, PHONE)
    dark, _ = look(default_report, tmp_path, PHONE, "--blink-settings=preferredColorScheme=0")
    assert light["paper"] == "rgb(255, 255, 254)"
    assert dark["paper"] == "rgb(23, 24, 26)"
