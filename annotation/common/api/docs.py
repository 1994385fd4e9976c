"""The OpenAPI document and its reader, within the site's content security policy."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Schema(SpectacularAPIView):
    """The document of this API, open to everybody: it tells nothing about any campaign."""


# The reader's style sheet draws its icons from data: addresses; script and style need no more.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    url_name = "api-schema"
    template_name = "api/docs.html"
