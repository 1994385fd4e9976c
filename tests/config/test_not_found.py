import pytest


@pytest.mark.parametrize("path", ["", "nothing/", "assignments/1/judgment/", "campaigns/é/"])
def test_a_wrong_address_of_the_api_gets_the_shape_of_its_errors(client, path):
    answer = client.post(f"/api/v1/{path}", "{}", content_type="application/json")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "There is nothing here.", "field": None}


@pytest.mark.django_db
def test_a_wrong_address_of_the_site_gets_a_page(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "<h1" in answer.content.decode()
