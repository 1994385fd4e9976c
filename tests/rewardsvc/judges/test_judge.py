"""A judge against a local endpoint: both orders, faults, the cache, the limit."""

import json

import pytest

from rewardsvc.benchmarks.answers import ScorerRefused
from rewardsvc.benchmarks.data import Benchmark, Edit, Group, Picture, Rating
from rewardsvc.judges.cache import ReplyCache
from rewardsvc.judges.client import Client
from rewardsvc.judges.judge import Judge
from rewardsvc.judges.settings import JudgeRefused, read_settings
from tests.rewardsvc.benchmarks.files import png
from tests.rewardsvc.judges.stub import Stub, completion, serving

SOURCE = (9, 9, 9)


def picture(level):
    """Return a grey picture; the brighter one is the better edit."""
    return Picture(f"p{level}", lambda: png((level, level, level)))


def edits(*levels, name=""):
    source = Picture("s", lambda: png(SOURCE))
    return tuple(Edit(f"{name}{n}", "g", f"brighten {name}", source, picture(n)) for n in levels)


def bench(*groups, ratings=()):
    return Benchmark("b", by_schema=True, sha256="", groups=groups, ratings=ratings)


PAIR = Group("g", "i", edits(50, 200), (2, 1))


def brighter(stub):
    """Return the answers of a judge that prefers the brighter edit, wherever it stands."""

    def answer(body):
        one, two = (colour[0] for colour in stub.colours(body)[1:])
        return json.dumps({"reason": "x", "better": "one" if one > two else "two"})

    return answer


def judge(url, tmp_path, waits=None, **settings):
    path = tmp_path / "judge.json"
    path.write_text(json.dumps({"url": url, "model": "m", "timeout_s": 0.5} | settings))
    read = read_settings(path)
    client = Client(read, sleep=([] if waits is None else waits).append)
    return Judge("judge:x", read, client, ReplyCache(tmp_path / "cache" / "replies.jsonl"))


def asked(answer, tmp_path, benchmark=None, faults=(), **settings):
    stub = Stub(answer, faults)
    with serving(stub) as url:
        found = judge(url, tmp_path, **settings).answer(benchmark or bench(PAIR), lambda *_: None)
    return found, stub


def test_each_pair_is_shown_in_both_orders_with_the_source_first(tmp_path):
    stub = Stub(None)
    stub.answer = brighter(stub)
    with serving(stub) as url:
        found = judge(url, tmp_path, concurrency=1).answer(bench(PAIR), lambda *_: None)
    assert found.pairs == {("g", 0, 1): -1}
    shown = [[colour[0] for colour in stub.colours(body)] for body in stub.bodies]
    assert sorted(shown) == [[9, 50, 200], [9, 200, 50]]
    texts = [body["messages"][1]["content"][-1]["text"] for body in stub.bodies]
    assert all("brighten" in text and "{instruction}" not in text for text in texts)
    assert found.notes == ("position: the first shown edit wins 1 of 2 decided answers",)
    assert (found.usage.calls, found.usage.input_tokens, found.usage.output_tokens) == (
        2,
        2000,
        100,
    )


@pytest.mark.parametrize(
    ("rule", "pairs", "n_missing"), [("tie", {("g", 0, 1): 0}, 0), ("unanswered", {}, 1)]
)
def test_a_judge_that_always_names_the_first_is_found_out(tmp_path, rule, pairs, n_missing):
    found, _ = asked(lambda _: '{"better": "one"}', tmp_path, disagreement=rule)
    assert (found.pairs, len(found.missing)) == (pairs, n_missing)
    assert found.notes == ("position: the first shown edit wins 2 of 2 decided answers",)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I prefer the first", "unreadable: no JSON object"),
        (completion("", refusal="I cannot help"), "refused: I cannot help"),
        (completion("", finish="content_filter"), "refused: filtered by the provider"),
        (completion(None), "unreadable"),
    ],
)
def test_what_cannot_be_read_is_counted_and_never_a_tie(tmp_path, reply, why):
    found, _ = asked(lambda _: reply, tmp_path)
    assert found.pairs == {}
    (reason,) = found.missing.values()
    assert reason.startswith(why)


@pytest.mark.parametrize(
    "fault", [429, 500, 503, "drop", "half", "hang", b"no json", b"{}", b'{"choices": []}']
)
def test_a_fault_that_passes_is_tried_again(tmp_path, fault):
    waits = []
    stub = Stub(lambda _: '{"better": "tie"}', [fault, fault])
    with serving(stub) as url:
        found = judge(url, tmp_path, waits, concurrency=1).answer(bench(PAIR), lambda *_: None)
    assert found.pairs == {("g", 0, 1): 0}
    assert len(waits) == 2
    assert 0.5 <= waits[0] <= 1 <= waits[1] <= 2


def test_the_server_says_how_long_to_wait(tmp_path):
    waits = []
    stub = Stub(lambda _: '{"better": "tie"}', [429])
    stub.retry_after = "7"
    with serving(stub) as url:
        judge(url, tmp_path, waits, concurrency=1).answer(bench(PAIR), lambda *_: None)
    assert waits == [7.0]


def test_a_fault_that_stays_leaves_the_pair_without_an_answer(tmp_path):
    found, stub = asked(None, tmp_path, faults=[500] * 6, attempts=3)
    (reason,) = found.missing.values()
    assert reason == "status 500 (3 attempts)"
    assert len(stub.bodies) == 6


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_fault_of_the_request_stops_the_run(tmp_path, status):
    group = Group("h", "i", edits(1, 2, 3, 4, name="h"), (1, 2, 3, 4))
    stub = Stub(lambda _: '{"better": "tie"}', [status] * 20)
    with serving(stub) as url, pytest.raises(JudgeRefused, match=f"answers {status}"):
        judge(url, tmp_path, concurrency=1).answer(bench(group), lambda *_: None)
    assert len(stub.bodies) < 12


def test_another_endpoint_does_not_get_the_replies_of_the_first(tmp_path):
    first, _ = asked(lambda _: '{"better": "tie"}', tmp_path)
    second, stub = asked(lambda _: '{"better": "one"}', tmp_path)
    assert (first.usage.calls, second.usage.calls, len(stub.bodies)) == (2, 2, 2)


def test_a_run_that_stopped_in_between_is_taken_up(tmp_path):
    stub = Stub(lambda _: '{"better": "tie"}')
    with serving(stub) as url:
        judge(url, tmp_path).answer(bench(PAIR), lambda *_: None)
        path = tmp_path / "cache" / "replies.jsonl"
        lines = path.read_bytes().splitlines()
        path.write_bytes(lines[0] + b"\n" + lines[1][:20])
        again = judge(url, tmp_path).answer(bench(PAIR), lambda *_: None)
        third = judge(url, tmp_path).answer(bench(PAIR), lambda *_: None)
    assert (again.usage.calls, again.usage.cached) == (1, 1)
    assert (third.usage.calls, third.usage.cached) == (0, 2)
    assert again.pairs == third.pairs == {("g", 0, 1): 0}


def test_no_call_starts_once_the_spend_limit_is_reached(tmp_path):
    groups = [Group(f"g{n}", "i", edits(n, n + 9, name=str(n)), (1, 2)) for n in range(10)]
    found, stub = asked(
        lambda _: '{"better": "tie"}',
        tmp_path,
        bench(*groups),
        concurrency=1,
        input_price=1000.0,
        spend_limit=5.0,
    )
    assert len(stub.bodies) == 5
    assert found.usage.cost == pytest.approx(5.0)
    assert len(found.pairs) == 2
    assert set(found.missing.values()) == {"the spend limit of 5 is reached"}


def test_never_more_calls_at_a_time_than_allowed(tmp_path):
    groups = [Group(f"g{n}", "i", edits(n, n + 9, name=str(n)), (1, 2)) for n in range(8)]
    stub = Stub(lambda _: '{"better": "tie"}')
    stub.pause_s = 0.05
    with serving(stub) as url:
        found = judge(url, tmp_path, concurrency=3, timeout_s=10).answer(
            bench(*groups), lambda *_: None
        )
    assert 1 < stub.most_at_once <= 3
    assert len(found.pairs) == 8


def test_points_score_single_edits(tmp_path):
    def answer(_):
        return '{"success": 9, "unchanged": 4, "natural": 9, "clean": 10}'

    found, stub = asked(answer, tmp_path, mode="points")
    assert found.scores == {"50": 6, "200": 6}
    assert len(stub.bodies) == 2


def test_ratings_need_points_and_pictures(tmp_path):
    rating = Rating("i", edits(5)[0], 1.0)
    with serving(Stub(None)) as url:
        with pytest.raises(ScorerRefused, match="set mode to points"):
            judge(url, tmp_path).answer(bench(ratings=(rating,)), lambda *_: None)
        blank = Group("g", "i", (Edit("a", "", ""), Edit("b", "", "")), (1, 2))
        with pytest.raises(ScorerRefused, match="none of the edits has its pictures"):
            judge(url, tmp_path).answer(bench(blank), lambda *_: None)


def test_a_picture_that_cannot_be_read_costs_its_pairs_alone(tmp_path):
    broken = Edit("x", "g", "p", picture(1), Picture("broken", lambda: b"no picture"))
    gone = Edit("y", "g", "p", picture(1), None)
    groups = [PAIR, Group("h", "i", (broken, edits(7)[0]), (1, 2)),
              Group("k", "i", (gone, edits(8)[0]), (1, 2))]  # fmt: skip
    found, _ = asked(lambda _: '{"better": "tie"}', tmp_path, bench(*groups))
    assert list(found.pairs) == [("g", 0, 1)]
    assert found.missing["k: 1 and 2"] == "an edit or its source has no picture"
    assert len(found.missing) == 2


def test_the_key_comes_from_the_environment_and_goes_to_the_endpoint_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("A_KEY", "secret-7")
    _, stub = asked(lambda _: '{"better": "tie"}', tmp_path, key_variable="A_KEY")
    assert {headers["Authorization"] for headers in stub.headers} == {"Bearer secret-7"}
    written = (tmp_path / "cache" / "replies.jsonl").read_text()
    assert "secret-7" not in written
    monkeypatch.delenv("A_KEY")
    with serving(Stub(None)) as url, pytest.raises(JudgeRefused, match="A_KEY holds no key"):
        judge(url, tmp_path, key_variable="A_KEY")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Expecting"),
        ("[]", "is no object"),
        ('{"url": "http://x/v1", "model": "m", "colour": 1}', "unknown setting 'colour'"),
        ('{"model": "m"}', "url"),
        ('{"url": "file:///etc/passwd", "model": "m"}', "url must be http or https"),
        ('{"url": "http://x/v1", "model": ""}', "model must name"),
        ('{"url": "http://x/v1", "model": "m", "mode": "all"}', "mode must be one of"),
        ('{"url": "http://x/v1", "model": "m", "concurrency": 0}', "concurrency must lie"),
        ('{"url": "http://x/v1", "model": "m", "concurrency": "4"}', "judge.json: "),
        ('{"url": "http://x/v1", "model": "m", "spend_limit": 0}', "spend_limit must be above"),
        (
            '{"url": "http://x", "model": "m", "prompt": {"name": "", "system": "", "user": ""}}',
            "prompt lacks",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(tmp_path, content, message):
    path = tmp_path / "judge.json"
    path.write_text(content)
    with pytest.raises(JudgeRefused, match=message):
        read_settings(path)
