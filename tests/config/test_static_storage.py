"""What is stored of a script when the static files are collected."""

import pytest
from django.core.files.base import ContentFile

from config.static_storage import ModuleManifestStorage

SCRIPT = b"""// What it does.
import { a } from "./a.js"; // kept

  // Why.
  const url = "//not/a/comment";
"""


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("js/b.js", b'import { a } from "./a.js"; // kept\n\n  const url = "//not/a/comment";\n'),
        ("css/b.css", SCRIPT),
        ("vendor/b.js", SCRIPT),
    ],
)
def test_our_scripts_lose_the_lines_that_are_only_a_comment(tmp_path, name, stored):
    content = ContentFile(SCRIPT)
    content.read()  # as the storage itself does, to hash it
    ModuleManifestStorage(location=tmp_path).save(name, content)
    assert (tmp_path / name).read_bytes() == stored
