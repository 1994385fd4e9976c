"""A disk that is almost full is refused before PostgreSQL writes on it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded import EmbeddedError
from config.embedded.room import refuse_full_disk

PROJECT = Path(__file__).resolve().parents[2]
START = """
import sys
from pathlib import Path
from config.embedded import EmbeddedError, running
try:
    with running(Path(sys.argv[1])):
        print("started")
except EmbeddedError as refusal:
    print(sorted(path.name for path in Path(sys.argv[1]).iterdir()))
    sys.exit(str(refusal))
"""


def on_a_disk_of(size, folder, *command):
    """Run the command where the folder is a disk of its own; only this process sees it."""
    mount = f'mount -t tmpfs -o size={size} tmpfs "{folder}" && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if os.geteuid() != 0 or "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip("a disk of one's own needs root and the right to mount")
    return done


def test_servers_do_not_start_on_a_disk_that_is_almost_full(tmp_path):
    done = on_a_disk_of("100m", tmp_path, sys.executable, "-c", START, str(tmp_path))
    assert done.returncode == 1, done.stdout
    assert f"{tmp_path} has 104 MB of disk space left and 150 MB are needed" in done.stderr
    assert "EDITJURY_HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert "postgres" not in done.stdout


def test_a_new_demo_needs_room_for_its_pictures(tmp_path):
    command = [sys.executable, "-m", "demo.launch", "--port", "65000"]
    home = f"EDITJURY_HOME={tmp_path}"
    done = on_a_disk_of("300m", tmp_path, "env", home, *command)
    assert done.returncode == 2, done.stdout
    assert "400 MB are needed" in done.stderr
    assert "Starting PostgreSQL" not in done.stdout


def test_the_room_that_is_free_is_enough_for_itself(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    refuse_full_disk(tmp_path, free // 2)
    with pytest.raises(EmbeddedError, match="disk space left"):
        refuse_full_disk(tmp_path, free * 2)
