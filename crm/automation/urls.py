"""Addresses of automation, below the settings."""

from django.urls import path

from crm.automation.views import hooks, log, rotations, rules, templates

app_name = "automation"

urlpatterns = [
    path("", rules.rule_list, name="rules"),
    path("rules/new/", rules.rule_new, name="rule_new"),
    path("rules/order/", rules.rule_order, name="rule_order"),
    path("rules/draft/<str:part>/", rules.draft_part, name="draft"),
    path("rules/<int:pk>/", rules.rule_edit, name="rule"),
    path("rules/<int:pk>/switch/", rules.rule_switch, name="rule_switch"),
    path("rules/<int:pk>/versions/", rules.rule_versions, name="rule_versions"),
    path("rules/<int:pk>/do/<slug:act>/", rules.rule_act, name="rule_act"),
    path("log/", log.log, name="log"),
    path("log/<int:pk>/retry/", log.retry, name="retry"),
    path("rotations/", rotations.rotation_list, name="rotations"),
    path("rotations/new/", rotations.rotation_edit, name="rotation_new"),
    path("rotations/<int:pk>/", rotations.rotation_edit, name="rotation"),
    path("rotations/<int:pk>/people/", rotations.seats, name="seats"),
    path("rotations/<int:pk>/people/add/", rotations.seat_add, name="seat_add"),
    path("rotations/<int:pk>/people/<int:seat>/drop/", rotations.seat_drop, name="seat_drop"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/new/", templates.template_edit, name="template_new"),
    path("templates/preview/", templates.template_preview, name="template_preview"),
    path("templates/<int:pk>/", templates.template_edit, name="template"),
    path("webhooks/", hooks.hook_list, name="hooks"),
    path("webhooks/new/", hooks.hook_new, name="hook_new"),
    path("webhooks/<int:pk>/", hooks.hook_edit, name="hook"),
    path("webhooks/<int:pk>/do/<slug:act>/", hooks.hook_act, name="hook_act"),
    path("webhooks/messages/<int:pk>/again/", hooks.send_again, name="send_again"),
]
