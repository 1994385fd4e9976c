"""docs/trouble.md lists the messages as the programs print them."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("install", "config/embedded", "demo")
#: A message may be written as several strings, one a line.
SEAM = re.compile(r'"\s*\n\s*f?"')


def test_every_message_of_the_page_is_one_that_a_program_prints():
    page = (PROJECT / "docs" / "trouble.md").read_text()
    first_cells = re.findall(r"^\| (.+?) \|", page, re.MULTILINE)
    listed = [cell for cell in first_cells if not cell.startswith("what")]
    files = [path for folder in FOLDERS for path in (PROJECT / folder).glob("*.[ps][yh]")]
    printed = "\n".join(SEAM.sub("", path.read_text()) for path in files)
    assert len(listed) > 12
    for cell in listed:
        for phrase in cell.split("; need"):
            assert phrase in printed, cell
