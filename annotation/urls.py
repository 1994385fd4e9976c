"""Pages of the annotation app."""

from django.contrib.auth.views import LogoutView, PasswordChangeDoneView
from django.urls import path

from annotation.adjudication.views import contested, decide, figures
from annotation.campaigns import home, log_views
from annotation.campaigns import views as campaigns
from annotation.comparisons import views as comparisons
from annotation.dashboards import views as dashboards
from annotation.feedback import views as disagreement
from annotation.handbook import views as handbook
from annotation.items.views import imports, items, media
from annotation.judging.views import judge, mine, preview
from annotation.people import accounts, key_views, link_views
from annotation.people import views as people
from annotation.quality import action_views as actions
from annotation.quality.views import agreement, comparison, judgments, person, tables, timesheet
from annotation.quality.views import people as quality
from annotation.references import views as references
from annotation.reviews import views as reviews
from annotation.rubrics import views as rubrics
from annotation.snapshots import views as snapshots

urlpatterns = [
    path("", home.home, name="home"),
    path("help/", handbook.help_index, name="help"),
    path("help/<slug:name>/", handbook.help_page, name="help-page"),
    path("login/", accounts.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", accounts.ChangePassword.as_view(), name="password_change"),
    path("password/forgotten/", accounts.password_forgotten, name="password-forgotten"),
    path("password/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("link/", link_views.account_link, name="account-link"),
    path("keys/", key_views.api_keys, name="api-keys"),
    path("keys/<uuid:public_id>/revoke/", key_views.api_key_revoke, name="api-key-revoke"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign-new"),
    path("c/<slug:slug>/", campaigns.campaign, name="campaign"),
    path("log/", log_views.site_log, name="site-log"),
    path("c/<slug:slug>/log/", log_views.campaign_log, name="campaign-log"),
    path("c/<slug:slug>/settings/", campaigns.campaign_settings, name="campaign-settings"),
    path("c/<slug:slug>/state/", campaigns.campaign_state, name="campaign-state"),
    path("c/<slug:slug>/rubric/", rubrics.rubric, name="rubric"),
    path("c/<slug:slug>/rubric/draft/", rubrics.rubric_draft, name="rubric-draft"),
    path("c/<slug:slug>/rubric/edit/", rubrics.rubric_edit, name="rubric-edit"),
    path("c/<slug:slug>/people/", people.people, name="people"),
    path("c/<slug:slug>/messages/", people.person_messages, name="person-messages"),
    path(
        "c/<slug:slug>/messages/<uuid:public_id>/appeal/",
        people.message_appeal,
        name="message-appeal",
    ),
    path(
        "c/<slug:slug>/messages/<uuid:public_id>/answer/",
        actions.appeal_answer,
        name="appeal-answer",
    ),
    path("c/<slug:slug>/rules/", actions.quality_rules, name="quality-rules"),
    path("c/<slug:slug>/rules/<uuid:public_id>/", actions.alert_handle, name="alert-handle"),
    path(
        "c/<slug:slug>/people/<uuid:pseudonym>/actions/",
        actions.person_actions,
        name="person-actions",
    ),
    path(
        "c/<slug:slug>/set-aside/<uuid:public_id>/undo/",
        actions.reclaim_undo,
        name="reclaim-undo",
    ),
    path("c/<slug:slug>/people/link/", people.people_reset_link, name="people-reset-link"),
    path(
        "c/<slug:slug>/people/invitations/<uuid:public_id>/withdraw/",
        people.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path(
        "c/<slug:slug>/judgments/<uuid:public_id>/aside/",
        comparison.answer_aside,
        name="answer-aside",
    ),
    path("c/<slug:slug>/people/role/", people.people_role, name="people-role"),
    path("c/<slug:slug>/people/pause/", people.people_pause, name="people-pause"),
    path(
        "c/<slug:slug>/people/<uuid:pseudonym>/skills/",
        people.people_skills,
        name="people-skills",
    ),
    path("c/<slug:slug>/comparisons/", comparisons.comparisons, name="comparisons"),
    path(
        "c/<slug:slug>/comparisons/build/",
        comparisons.comparisons_build,
        name="comparisons-build",
    ),
    path(
        "c/<slug:slug>/comparisons/discard/",
        comparisons.comparisons_discard,
        name="comparisons-discard",
    ),
    path(
        "c/<slug:slug>/comparisons/<uuid:public_id>/",
        comparison.comparison,
        name="comparison",
    ),
    path(
        "c/<slug:slug>/look-alikes/<uuid:public_id>/",
        comparisons.look_alike_decide,
        name="look-alike-decide",
    ),
    path(
        "c/<slug:slug>/comparisons/<uuid:public_id>/release/",
        comparisons.comparison_release,
        name="comparison-release",
    ),
    path(
        "c/<slug:slug>/comparisons/<uuid:public_id>/adjudicate/",
        comparisons.comparison_adjudicate,
        name="comparison-adjudicate",
    ),
    path(
        "c/<slug:slug>/comparisons/<uuid:public_id>/withdraw/",
        comparisons.comparison_withdraw,
        name="comparison-withdraw",
    ),
    path(
        "c/<slug:slug>/comparisons/<uuid:public_id>/preview/",
        preview.judge_preview,
        name="judge-preview",
    ),
    path("c/<slug:slug>/judge/", judge.judge, name="judge"),
    path("c/<slug:slug>/contested/", contested.contested_page, name="contested"),
    path(
        "c/<slug:slug>/contested/hand-over/",
        contested.contested_hand_over,
        name="contested-hand-over",
    ),
    path(
        "c/<slug:slug>/contested/take-back/",
        contested.contested_take_back,
        name="contested-take-back",
    ),
    path("c/<slug:slug>/contested/figures/", figures.figures_page, name="contested-figures"),
    path("c/<slug:slug>/reviews/", reviews.reviews, name="reviews"),
    path(
        "c/<slug:slug>/reviews/<uuid:public_id>/reply/",
        reviews.review_reply,
        name="review-reply",
    ),
    path(
        "c/<slug:slug>/reviews/<uuid:public_id>/answer/",
        reviews.review_answer,
        name="review-answer",
    ),
    path("c/<slug:slug>/decide/", decide.decide_next, name="decide"),
    path("c/<slug:slug>/decide/<uuid:public_id>/", decide.decision, name="decision"),
    path("c/<slug:slug>/mine/", mine.mine, name="mine"),
    path("c/<slug:slug>/mine/last/", mine.mine_last, name="mine-last"),
    path("c/<slug:slug>/mine/<uuid:public_id>/", mine.mine_change, name="mine-change"),
    path(
        "media/a/<uuid:public_id>/region-<slug:tag>.png",
        media.region_media,
        name="assignment-region",
    ),
    path(
        "media/a/<uuid:public_id>/<str:picture>/<str:variant>.webp",
        media.assignment_media,
        name="assignment-image",
    ),
    path(
        "media/r/<uuid:public_id>/<str:picture>/<str:variant>.webp",
        media.reference_media,
        name="reference-image",
    ),
    path(
        "media/c/<slug:slug>/items/<uuid:public_id>/region-<slug:tag>.png",
        media.item_region_media,
        name="lead-item-region",
    ),
    path(
        "media/c/<slug:slug>/items/<uuid:public_id>/<str:variant>",
        media.item_media,
        name="lead-item-image",
    ),
    path(
        "media/c/<slug:slug>/candidates/<uuid:public_id>/<str:variant>",
        media.candidate_media,
        name="lead-candidate-image",
    ),
    path("c/<slug:slug>/import/", imports.imports, name="imports"),
    path("c/<slug:slug>/import/<uuid:public_id>/", imports.import_report, name="import"),
    path("c/<slug:slug>/items/", items.items, name="items"),
    path("c/<slug:slug>/items/<uuid:public_id>/", items.item, name="item"),
    path(
        "c/<slug:slug>/items/<uuid:public_id>/withdraw/",
        items.withdraw_item,
        name="item-withdraw",
    ),
    path("c/<slug:slug>/items/<uuid:public_id>/reports/", items.resolve, name="item-reports"),
    path("c/<slug:slug>/items/<uuid:public_id>/correct/", items.correct_item, name="item-correct"),
    path("c/<slug:slug>/candidates/<uuid:public_id>/", items.candidate, name="candidate"),
    path(
        "c/<slug:slug>/candidates/<uuid:public_id>/withdraw/",
        items.withdraw_candidate,
        name="candidate-withdraw",
    ),
    path(
        "c/<slug:slug>/candidates/<uuid:public_id>/correct/",
        items.correct_candidate,
        name="candidate-correct",
    ),
    path("c/<slug:slug>/references/", references.references, name="references"),
    path("c/<slug:slug>/references/golds/", references.golds_new, name="golds-new"),
    path(
        "c/<slug:slug>/references/new/<uuid:public_id>/",
        references.reference_new,
        name="reference-new",
    ),
    path(
        "c/<slug:slug>/references/<uuid:public_id>/withdraw/",
        references.reference_withdraw,
        name="reference-withdraw",
    ),
    path("c/<slug:slug>/quality/", quality.quality, name="quality"),
    path("c/<slug:slug>/quality/golds/", tables.golds, name="quality-golds"),
    path("c/<slug:slug>/quality/pairs/", tables.matrix, name="quality-pairs"),
    path("c/<slug:slug>/timesheet/", timesheet.timesheet_page, name="timesheet"),
    path("c/<slug:slug>/judgments/", judgments.judgments, name="judgments"),
    path("c/<slug:slug>/trends/", dashboards.trends, name="trends"),
    path("c/<slug:slug>/agreement/", agreement.agreement, name="agreement"),
    path("c/<slug:slug>/people/<uuid:pseudonym>/", person.annotator, name="annotator"),
    path("c/<slug:slug>/disagreement/", disagreement.disagreement, name="disagreement"),
    path("c/<slug:slug>/disagreement/send-back/", disagreement.send_back, name="send-back"),
    path("c/<slug:slug>/snapshots/", snapshots.snapshots, name="snapshots"),
    path("c/<slug:slug>/snapshots/freeze/", snapshots.freeze, name="freeze"),
    path("c/<slug:slug>/snapshots/export/", snapshots.export, name="export"),
    path("c/<slug:slug>/exports/<uuid:public_id>/", snapshots.download, name="export-download"),
]
