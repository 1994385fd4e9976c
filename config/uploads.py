"""Limit the upload size of forms before the sender is known."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class LimitedFormHandler(MemoryFileUploadHandler):
    """Refuse a form with files over FORM_UPLOAD_MAX_BYTES before any of it is read.

    The CSRF check reads the whole form, on every page and from anonymous senders too. A view that
    accepts more sets `request.upload_handlers` after it has checked the sender.
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
