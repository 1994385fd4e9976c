"""`make demo` as a person meets it: real processes, watched from outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.children import Program, start, stop
from demo.launch import Refusal, _restart
from tests.demo.launched import (
    PROJECT,
    SLOW,
    Demo,
    answers,
    environment,
    free_port,
    leaders,
    processes_of,
    refused,
    wait_until,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose small demo campaign exists already, so that the launcher resumes it."""
    folder = tmp_path_factory.mktemp("demo")
    small = ["create_demo", "--items", "2", "--judgments", "4"]
    for command in (["migrate", "--noinput", "-v", "0"], small):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            check=True,
        )
    yield folder
    assert processes_of(folder) == {}


@pytest.fixture(scope="module")
def running(home):
    demo = Demo(home, home / "said.txt")
    yield demo
    demo.process.terminate()
    demo.process.wait(SLOW)


def test_the_demo_answers_and_says_where_and_who(running):
    # It has answered before it said so; now its workers start, on all cores.
    wait_until(lambda: answers(running.url))
    assert running.url in running.said()
    assert "password: " in running.said()
    for program in ("gunicorn", "-Q default", "-Q sweeps", "-Q gpu", "beat"):
        assert leaders(running.home, program), program


def test_the_training_worker_runs_at_lower_priority(running):
    nice = {
        word: os.getpriority(os.PRIO_PROCESS, leaders(running.home, word)[0])
        for word in ("-Q gpu", "-Q default")
    }
    assert nice["-Q gpu"] > nice["-Q default"]


def test_a_second_demo_in_the_same_home_is_refused_and_the_first_goes_on(running):
    complaint = refused(running.home, free_port())
    assert f"process {running.process.pid}" in complaint
    assert running.url in complaint
    wait_until(lambda: answers(running.url))


def test_a_port_in_use_is_refused_before_anything_is_started(running, tmp_path):
    complaint = refused(tmp_path / "other", running.port)
    assert f"Port {running.port}" in complaint
    assert int(complaint.rpartition("PORT=")[2].strip("`.\n")) > running.port
    assert not (tmp_path / "other" / "postgres").exists()


@pytest.mark.faults
@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("gunicorn", "web"),
        ("-Q default", "default worker"),
        ("-Q sweeps", "sweeps worker"),
        ("-Q gpu", "gpu worker"),
    ],
)
def test_a_killed_process_is_started_again_and_said_so(running, word, name):
    (victim,) = leaders(running.home, word)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: leaders(running.home, word) not in ([], [victim]))
    wait_until(lambda: f"The {name} ended (-9); starting it again." in running.said())
    wait_until(lambda: answers(running.url))


@pytest.mark.faults
def test_a_killed_launcher_of_the_servers_is_replaced(running):
    (victim,) = leaders(running.home, "config.embedded.keeper")
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: leaders(running.home, "config.embedded.keeper") not in ([], [victim]))
    wait_until(lambda: answers(running.url))


@pytest.mark.faults
def test_ctrl_c_stops_everything_and_nothing_is_left(running):
    """The last test that uses the module's demo."""
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(SLOW) == 0
    assert "Nothing of EditJury runs any more" in running.said()
    assert processes_of(running.home) == {}
    assert not (running.home / "run" / "services.json").exists()


@pytest.mark.faults
def test_a_killed_demo_leaves_nothing_behind_and_can_be_started_again(home):
    killed = Demo(home, home / "killed.txt")
    killed.process.kill()
    killed.process.wait()
    wait_until(lambda: processes_of(home) == {})


def test_a_process_that_keeps_ending_is_given_up_in_plain_sight(tmp_path):
    log = tmp_path / "log"
    children = [start(Program("clock", ["false"], log))]

    def revive_again_and_again():
        for _ in range(10):
            children[0].process.wait()
            _restart(children)

    with pytest.raises(Refusal, match=f"The clock keeps ending; see {log}"):
        revive_again_and_again()
    stop(children, patience=1)


def test_a_process_that_ignores_the_request_to_stop_is_ended_with_its_children(tmp_path):
    script = "trap '' TERM QUIT; sleep 1000 & echo $!; wait; wait; wait"
    log = tmp_path / "log"
    child = start(Program("mule", ["sh", "-c", script], log))
    wait_until(lambda: log.read_text().strip())
    stop([child], patience=0.3)
    assert child.process.returncode == -signal.SIGKILL
    grandchild = Path(f"/proc/{log.read_text().strip()}/status")
    wait_until(lambda: not grandchild.exists() or "\nState:\tZ" in grandchild.read_text())


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--data", "/nowhere/at/all"]])
def test_arguments_that_cannot_be_meant_are_refused_with_exit_2(tmp_path, arguments):
    done = subprocess.run(
        [sys.executable, "-m", "demo.launch", *arguments],
        cwd=PROJECT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert arguments[1] in done.stderr
    assert list(tmp_path.iterdir()) == []
