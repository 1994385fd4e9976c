"""The benchmark of the judging page can be run, and says what it promises."""

from playwright.sync_api import expect

from tests.bench.screen import campaign_of, cold, measure
from tests.browser.desk import address, await_pictures

STEADY = {"decodes", "layouts", "main_thread_p50_ms", "main_thread_p95_ms", "main_thread_max_ms"}


def test_a_small_run_has_all_figures(page, sign_in):
    campaign, person = campaign_of(8, side=128)
    sign_in(page, person).goto(address(campaign))
    await_pictures(page)
    figures = measure(page, early=3, late=5, keys=4, submits=2)
    for part in ("zoom", "pan", "flicker", "hold"):
        assert set(figures[part]) >= STEADY
        assert figures[part]["frames"] > 0
    assert figures["keys"] > 0
    assert figures["scripts"]["gzip_bytes"] < 60_000
    assert {"held_ratio", "submit_preloaded_p95_ms", "key_to_frame_p95_ms"} <= set(figures)
    assert cold(page, campaign) > 0
    expect(page.locator("#instruction")).not_to_be_empty()
