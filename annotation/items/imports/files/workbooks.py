"""Recognise spreadsheets' own files, which are not read: they are to be saved as CSV."""

from collections.abc import Collection

from annotation.errors import ImportRefused

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A file inside -> whose file it is. Each of these formats is a ZIP.
INSIDE = {
    "xl/workbook.xml": "an Excel workbook",
    "xl/workbook.bin": "an Excel workbook",
    "Index/Document.iwa": "a Numbers sheet",
}
ADVICE = "save the table of rows as CSV UTF-8 and import that"


def refusal_of_workbook(file: str) -> ImportRefused:
    """Return the refusal of a workbook by its extension. file: its path for the message."""
    suffix = file.lower().rpartition(".")[2]
    kind = {"ods": "an OpenDocument sheet", "numbers": "a Numbers sheet"}
    return ImportRefused(f"{file}: this is {kind.get(suffix, 'an Excel workbook')}; {ADVICE}")


def refuse_old_workbook(data: bytes) -> None:
    """Raise ImportRefused for the first bytes of a workbook of Excel 97, which is no ZIP."""
    if data.startswith(OLE):
        raise ImportRefused(f"this is an Excel workbook; {ADVICE}")


def refuse_workbook(data: bytes, file: str) -> None:
    """Raise ImportRefused for the first bytes of a workbook that is named as a manifest."""
    if data.startswith((OLE, b"PK\x03\x04")):
        raise refusal_of_workbook(file)


def refuse_packed_workbook(names: Collection[str]) -> None:
    """Raise ImportRefused for a ZIP whose entries are those of a workbook."""
    for inside, kind in INSIDE.items():
        if inside in names:
            raise ImportRefused(f"this is {kind}; {ADVICE}")
    if {"mimetype", "content.xml"} <= set(names):
        raise ImportRefused(f"this is an OpenDocument sheet; {ADVICE}")
