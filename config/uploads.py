"""How much a form may make this server keep before anybody asked who sends it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class LimitedFormHandler(MemoryFileUploadHandler):
    """Refuse a form with files over FORM_UPLOAD_MAX_BYTES before any of it is read.

    The check of a form's token reads the whole form, on every page and from strangers too. A view
    that takes more sets `request.upload_handlers` once it knows who sends.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - the base class's own name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.FORM_UPLOAD_MAX_BYTES:
            raise RequestDataTooBig("The form is larger than FORM_UPLOAD_MAX_BYTES.")
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)
