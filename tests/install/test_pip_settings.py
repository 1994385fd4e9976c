"""uv gets pip's configuration: read as pip reads it, and nothing is left out silently."""

import ast
import subprocess
import sys

import pytest

from install.pip_settings import for_uv, pip_settings

SHARED = """[global]
extra-index-url = https://one.example/simple
    https://two.example/simple
timeout = 60
[install]
find-links = /shared/wheels
"""
USER = """[global]
index_url = https://user.example/simple
[download]
dest = /elsewhere
"""


@pytest.fixture
def configured(tmp_path):
    """The environment of a person with two configuration files and one variable."""
    for folder, text in (("shared", SHARED), ("home/.config", USER)):
        (tmp_path / folder / "pip").mkdir(parents=True)
        (tmp_path / folder / "pip" / "pip.conf").write_text(text)
    return {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "shared"),
        "PIP_CERT": "/a/certificate.pem",
        "PATH": "/usr/bin:/bin",
    }


def pips_own(environment):
    """What pip itself lists for `pip install`."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    merged = {}
    for section in ("global.", "install.", ":env:."):
        for key, value in rows.items():
            if key.startswith(section) and key != ":env:.config-file":
                merged[key.removeprefix(section).replace("_", "-")] = ast.literal_eval(value)
    return merged


def words(settings):
    return {name: value.split() for name, value in settings.items()}


def test_the_configuration_is_what_pip_itself_lists(configured):
    assert words(pip_settings(configured)) == words(pips_own(configured))
    assert pip_settings(configured)["index-url"] == "https://user.example/simple"


def test_the_users_file_precedes_the_shared_one_and_a_variable_both(configured, tmp_path):
    shared = tmp_path / "shared" / "pip" / "pip.conf"
    shared.write_text("[global]\nindex-url = https://shared.example/simple\n")
    assert pip_settings(configured)["index-url"] == "https://user.example/simple"
    own = {"PIP_INDEX_URL": "https://variable.example/simple"}
    assert pip_settings(configured | own)["index-url"] == "https://variable.example/simple"
    empty = {"PIP_INDEX_URL": ""}
    assert pip_settings(configured | empty)["index-url"] == "https://user.example/simple"


def test_a_configuration_file_of_ones_own_replaces_the_users(configured, tmp_path):
    (tmp_path / "own.conf").write_text("[global]\nno-index = true\n")
    own = configured | {"PIP_CONFIG_FILE": str(tmp_path / "own.conf")}
    assert words(pip_settings(own)) == words(pips_own(own))
    assert pip_settings(own)["no-index"] == "true"


def test_no_configuration_file_is_read_when_pip_reads_none(configured):
    assert pip_settings(configured | {"PIP_CONFIG_FILE": "/dev/null"}) == {
        "cert": "/a/certificate.pem"
    }


def test_uv_gets_every_place_where_pip_looks_for_packages(configured):
    assert for_uv(pip_settings(configured), configured) == {
        "UV_DEFAULT_INDEX": "https://user.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/shared/wheels",
        "SSL_CERT_FILE": "/a/certificate.pem",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_a_variable_of_uv_takes_precedence(configured):
    own = {"UV_DEFAULT_INDEX": "https://own.example/simple"}
    assert "UV_DEFAULT_INDEX" not in for_uv(pip_settings(configured), configured | own)


def test_a_setting_without_a_counterpart_in_uv_is_named():
    with pytest.raises(ValueError, match=r"^require-hashes$"):
        for_uv({"require-hashes": "true"}, {})
