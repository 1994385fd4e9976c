"""The reader of the API's document works under the site's content security policy."""


def test_the_document_is_rendered_without_a_blocked_resource(open_context, live_site):
    page = open_context().new_page()
    page.goto(f"{live_site.url}/api/v1/docs/")
    page.get_by_text("/api/v1/assignments/{public_id}/judgment/").wait_for()
    page.get_by_text("/api/v1/assignments/{public_id}/judgment/").click()
    page.get_by_text("Answer an assignment").wait_for()
