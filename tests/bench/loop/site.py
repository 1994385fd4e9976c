"""The product's site and the floor beside it: one SELECT request and one INSERT request."""

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from annotation.common.hot_path import fetch_rows
from config.urls import handler404, urlpatterns

__all__ = ["handler404", "urlpatterns"]

TABLE = "CREATE TABLE bench_floor (id bigserial PRIMARY KEY, body text NOT NULL)"


@csrf_exempt
def read(request):
    rows = fetch_rows("SELECT public_id FROM annotation_comparison WHERE id = %s", [1])
    return HttpResponse(f'{{"id":"{rows[0][0]}"}}', content_type="application/json")


@csrf_exempt
def write(request):
    text = request.body.decode()
    fetch_rows("INSERT INTO bench_floor (body) VALUES (%s) RETURNING id", [text])
    return HttpResponse("{}", status=201, content_type="application/json")


urlpatterns += [path("floor/read/", read), path("floor/write/", write)]
