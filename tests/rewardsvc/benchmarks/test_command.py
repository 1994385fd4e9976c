"""The benchmark command: one table, or one line that says why there is none; kept runs."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from annotation.version import VERSION
from rewardsvc.benchmarks.answers import Answers
from rewardsvc.benchmarks.data import Benchmark
from rewardsvc.benchmarks.loaders.registry import LOADERS
from rewardsvc.models import BenchmarkRun
from rewardsvc.services.benchmarks import keep_run
from tests.rewardsvc.benchmarks.files import bench_rows, pair_row, write_parquet
from tests.rewardsvc.judges.stub import Stub, serving

pytestmark = pytest.mark.django_db
FEW = {"replicates": 20}


@pytest.fixture
def data(tmp_path):
    write_parquet(tmp_path / "data" / "bench.parquet", bench_rows())
    return tmp_path / "data"


def test_a_table_with_notes_is_printed(data, capsys):
    call_command("benchmark", "editreward-bench", **FEW, data=data, scorer="random:1")
    out = capsys.readouterr().out
    assert "# random:1 on editreward-bench" in out
    assert "|all|exact ranking by chance||" in out
    assert "|Gemini-2.5-Flash|58.61|39.86|12.16|38.02|" in out
    assert "- 2 groups of 2 candidates" in out
    assert "- layout read by its documentation" in out


def test_the_same_as_json(data, capsys):
    call_command("benchmark", "editreward-bench", **FEW, data=data, scorer="random", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["data_sha256"] == LOADERS["editreward-bench"](data).sha256
    assert (found["n_groups"], found["n_missing"], found["by_schema"]) == (4, 0, True)
    lines = {(line["part"], line["metric"], line["convention"]) for line in found["lines"]}
    assert {("all", "exact ranking", ""), ("K=4", "exact ranking", "official")} <= lines


@pytest.mark.parametrize("suffix", [".md", ".tex", ".csv"])
def test_the_table_is_written_to_a_file(data, tmp_path, suffix):
    out = tmp_path / f"table{suffix}"
    call_command("benchmark", "editreward-bench", **FEW, data=data, scorer="random", out=out)
    assert "exact ranking" in out.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", out.name]


def test_two_scorers_stand_side_by_side_and_misses_are_written(data, tmp_path, capsys):
    options = {"data": data, "scorer": "random:1", "against": "random:2", "json": True} | FEW
    call_command("benchmark", "editreward-bench", **options, misses=tmp_path / "misses")
    metrics = {line["metric"] for line in json.loads(capsys.readouterr().out)["lines"]}
    assert {"difference in accuracy without ties", "difference in exact ranking"} <= metrics
    rows = (tmp_path / "misses" / "misses.jsonl").read_text().splitlines()
    assert 0 < len(rows) < 10
    assert (tmp_path / "misses" / "index.html").is_file()


def test_people_are_held_against_each_other(reference_data, capsys):
    folder = reference_data / "data" / "imagenhub_mask_guided"
    call_command("benchmark", "imagenhub", **FEW, data=folder, scorer="human", json=True)
    lines = json.loads(capsys.readouterr().out)["lines"]
    overall = next(line for line in lines if line["part"] == "all" and not line["convention"])
    assert overall["low"] < overall["value"] < overall["high"]
    assert overall["n"] == 716


def test_a_judge_is_asked_once_and_its_cost_is_said(data, tmp_path, capsys):
    stub = Stub(lambda _: '{"better": "tie"}')
    with serving(stub) as url:
        settings = {"url": url, "model": "m", "input_price": 2.0}
        (tmp_path / "judge.json").write_text(json.dumps(settings))
        options = {"data": data, "scorer": f"judge:{tmp_path / 'judge.json'}"} | FEW
        call_command("benchmark", "editreward-bench", **options, json=True)
        first = json.loads(capsys.readouterr().out)
        call_command("benchmark", "editreward-bench", **options)
        second = capsys.readouterr().out
    assert (first["usage"]["calls"], first["n_missing"], len(stub.bodies)) == (22, 0, 22)
    assert first["usage"]["cost"] == pytest.approx(22 * 1000 * 2 / 1e6)
    assert "0 calls, 22 replies known" in second
    assert "- position: no answer names a winner" in second


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scorer": "oracle"}, "'oracle' is no scorer"),
        ({"scorer": "model:"}, "'model:' is no scorer"),
        ({"scorer": "random:x"}, "'x' is no seed"),
        ({"scorer": "random", "against": "human"}, "'human' is no scorer"),
        ({"scorer": "judge:"}, "'judge:' is no scorer"),
        ({"scorer": "judge:gone.json"}, "gone.json"),
        ({"scorer": "random", "replicates": 0}, "--replicates must be 1 or more"),
        ({"scorer": "human"}, "no scores of single people"),
        ({"scorer": "model:/nowhere"}, "nowhere"),
        ({"scorer": "model:00000000-0000-0000-0000-000000000000"}, "No model has the id"),
        ({"scorer": "random", "out": "table.doc"}, r"must end with \.md, \.tex, \.csv"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(data, tmp_path, options, message):
    if "out" in options:
        options = options | {"out": tmp_path / options["out"]}
    with pytest.raises(CommandError, match=message) as refusal:
        call_command("benchmark", "editreward-bench", data=data, **options)
    assert refusal.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_fault_of_the_data_is_named_and_leaves_no_file(tmp_path):
    write_parquet(tmp_path / "data" / "x.parquet", [pair_row(), pair_row(ranking="?")])
    out = tmp_path / "table.md"
    with pytest.raises(CommandError, match=r"x\.parquet, row 2, column ranking"):
        call_command(
            "benchmark", "editreward-bench", data=tmp_path / "data", scorer="random", out=out
        )
    assert not out.exists()


def measure(tmp_path, capsys, scorer="random:1"):
    write_parquet(tmp_path / "bench.parquet", bench_rows())
    options = {"data": tmp_path, "scorer": scorer, "replicates": 10, "json": True}
    call_command("benchmark", "editreward-bench", **options)
    return json.loads(capsys.readouterr().out)


def test_a_run_is_kept_with_what_was_read_and_by_which_code(tmp_path, capsys):
    found = measure(tmp_path, capsys)
    run = BenchmarkRun.objects.get(public_id=found["run"])
    assert (run.benchmark, run.scorer) == ("editreward-bench", "random:1")
    assert (run.data_sha256, run.code_version) == (found["data_sha256"], VERSION)
    assert (run.n_replicates, run.lines, run.missing) == (10, found["lines"], {})
    assert run.usage["calls"] == 0
    assert "2 groups of 2 candidates" in run.notes


def test_words_of_a_judge_that_no_database_stores_are_kept_without_them():
    answers = Answers(missing={"g: 1 and 2": "refused: no\0thing"})
    benchmark = Benchmark("b", by_schema=True, sha256="")
    run = keep_run(
        benchmark=benchmark, scorer="s", answers=answers, lines=[], n_replicates=1, notes=[]
    )
    run.refresh_from_db()
    assert run.missing == {"g: 1 and 2": "refused: no\ufffdthing"}


def test_a_refused_run_is_not_kept(tmp_path):
    write_parquet(tmp_path / "bench.parquet", bench_rows())
    with pytest.raises(CommandError):
        call_command("benchmark", "editreward-bench", data=tmp_path, scorer="human")
    assert not BenchmarkRun.objects.exists()


def test_runs_are_listed_newest_first(tmp_path, capsys):
    first, second = measure(tmp_path, capsys), measure(tmp_path, capsys, "random:2")
    call_command("benchmark_runs", json=True)
    rows = json.loads(capsys.readouterr().out)
    assert [row["run"] for row in rows] == [second["run"], first["run"]]
    assert [row["scorer"] for row in rows] == ["random:2", "random:1"]
    call_command("benchmark_runs")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        second["run"], first["run"],
    ]  # fmt: skip


def test_the_table_of_a_run_is_printed_again(tmp_path, capsys):
    found = measure(tmp_path, capsys)
    call_command("benchmark_runs", run=found["run"], json=True)
    assert json.loads(capsys.readouterr().out)["lines"] == found["lines"]
    call_command("benchmark_runs", run=found["run"])
    out = capsys.readouterr().out
    assert "# random:1 on editreward-bench" in out
    assert "|all|exact ranking by chance||" in out


def test_without_a_run_the_list_says_so_and_an_unknown_one_is_refused(capsys):
    call_command("benchmark_runs")
    assert capsys.readouterr().out == "No run is kept.\n"
    with pytest.raises(CommandError, match="No run has the id") as refusal:
        call_command("benchmark_runs", run=uuid4())
    assert refusal.value.returncode == 2


def test_a_run_without_draws_cannot_be_stored():
    with pytest.raises(IntegrityError, match="benchmark_run_replicates"):
        BenchmarkRun.objects.create(
            benchmark="b", scorer="s", data_sha256="", code_version="", n_replicates=0
        )
