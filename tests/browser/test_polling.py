"""A page that follows a job: it never posts again, outlives a restart, and says when to sign in."""

import time
from itertools import pairwise

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from jobs import services as jobs
from jobs.models import Job
from rewardsvc.models import TrainingRun
from tests.browser.desk import await_pictures, open_campaign
from tests.chromium import PATIENCE_MS
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_user,
)
from tests.live import process_environment, served

PASSWORD = "curious otters"


@pytest.fixture
def lead(live_site):
    lead = make_user()
    lead.set_password(PASSWORD)
    lead.save(update_fields=["password"])
    return lead


@pytest.fixture
def campaign(lead):
    """A campaign with as many judged sources as a training needs."""
    campaign = make_campaign(lead=lead)
    for _ in range(3):
        make_judgment(make_comparison(make_item(campaign, random_arm=False)))
    return campaign


@pytest.fixture
def models_page(page, sign_in, lead, campaign):
    """Return the page Models, as the lead."""
    sign_in(page, lead).goto(f"/c/{campaign.slug}/models/")
    return page


def train(page):
    page.get_by_role("button", name="Train", exact=True).click()


def start_training(page):
    """Start a run and return its job, claimed as a worker would, on the run's page."""
    train(page)
    expect(page.locator("[data-job]")).to_be_visible()
    return jobs.claim("gpu", "a worker")


def watch_requests(page, part):
    """Return a growing list of (method, path) of the page's requests to addresses with a part."""
    made = []
    page.on("request", lambda one: part in one.url and made.append((one.method, one.url)))
    return made


def test_train_in_two_tabs_is_one_run(models_page, campaign):
    second = models_page.context.new_page()
    second.goto(f"/c/{campaign.slug}/models/")
    train(models_page)
    train(second)
    expect(second.get_by_text("queued or running")).to_be_visible()
    asked = watch_requests(second, "/models/")
    jobs.cancel(Job.objects.get())
    expect(second).to_have_url(models_page.url.split("/models/")[0] + "/models/")
    second.wait_for_load_state("networkidle")
    assert [method for method, _ in asked] == ["GET"]
    assert TrainingRun.objects.count() == 1


def test_a_refused_judging_form_is_not_sent_again_when_the_page_moves_on(page, sign_in):
    campaign, person = open_campaign(n=1)
    sign_in(page, person).goto(f"/c/{campaign.slug}/judge/")
    await_pictures(page)
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('#bench'))")
    expect(page.locator(".form-errors")).to_be_visible()
    await_pictures(page)
    asked = watch_requests(page, f"/c/{campaign.slug}/judge/")
    for key in "r d Tab w a 1 Enter".split():
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert [method for method, _ in asked] == ["GET"]


def test_a_page_outlives_a_restart_of_the_server(models_page, live_site, tmp_path):
    page = models_page
    cookie = {one["name"]: one["value"] for one in page.context.cookies()}["sessionid"]
    environment = process_environment(live_site.media_root)
    with served(tmp_path, live_site.media_root, environment) as site:
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.url}])
        page.goto(page.url.replace(live_site.url, site.url))
        job = start_training(page)
    expect(page.locator("[data-job-notice]")).to_contain_text("does not answer")
    jobs.fail(job, "The disk is full.")
    port = int(site.url.rsplit(":", 1)[1])
    with served(tmp_path, live_site.media_root, environment, port=port):
        expect(page.get_by_text("The disk is full.")).to_be_visible(timeout=60_000)


def test_an_error_of_a_proxy_is_asked_past_and_ever_more_slowly(models_page):
    page = models_page
    page.clock.install()
    step_seconds, n_steps, asked_at, is_down = 3, 0, [], True

    def answer(route):
        asked_at.append(n_steps * step_seconds)
        if is_down:
            route.fulfill(status=502, body="Bad gateway", content_type="text/html")
        else:
            route.continue_()

    page.route("**/jobs/**", answer)
    job = start_training(page)
    while n_steps < 50:
        page.clock.run_for(1_000 * step_seconds)
        n_steps += 1
    gaps = [after - before for before, after in pairwise(asked_at)]
    assert 25 < max(gaps) < 40
    assert 5 < len(asked_at) < 15
    is_down = False
    jobs.fail(job, "The disk is full.")
    end = page.get_by_text("The disk is full.")
    # An answer that was on its way counts as one more failure, and lengthens the next wait. The
    # page's clock is turned on until the server, which has its own time, has answered.
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while not end.count() and time.monotonic() < deadline:
        page.clock.run_for(31_000)
        page.wait_for_timeout(500)
    expect(end).to_be_visible()


def test_a_session_that_is_over_is_told_and_nothing_more_is_asked(models_page, lead):
    page = models_page
    start_training(page)
    address = page.url
    Session.objects.all().delete()
    link = page.get_by_role("link", name="Sign in again")
    expect(link).to_be_visible()
    asked = watch_requests(page, "")
    page.wait_for_timeout(4_000)
    assert asked == []
    link.click()
    page.get_by_label("Username").fill(lead.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(address)


def test_a_hidden_tab_rests_and_shows_the_result_when_it_is_seen(models_page):
    page = models_page
    job = start_training(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.wait_for_timeout(1_500)
    asked = watch_requests(page, "/jobs/")
    page.wait_for_timeout(3_000)
    assert asked == []
    jobs.fail(job, "The disk is full.")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: false });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.get_by_text("The disk is full.")).to_be_visible()


def test_what_somebody_is_entering_stays_when_a_job_ends(models_page, campaign):
    page = models_page
    job = start_training(page)
    page.goto(f"/c/{campaign.slug}/models/")
    page.get_by_label("Seed").fill("77")
    jobs.fail(job, "The disk is full.")
    link = page.get_by_role("link", name="Show the result")
    expect(link).to_be_visible()
    expect(page.get_by_label("Seed")).to_have_value("77")
    link.click()
    expect(page.locator("[data-job]")).to_have_count(0)
