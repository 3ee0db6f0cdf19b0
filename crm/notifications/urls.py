"""Addresses of notifications."""

from django.urls import path

from crm.notifications import views

app_name = "notifications"
urlpatterns = [
    path("live/", views.ask, name="live"),
    path("notifications/", views.page, name="page"),
    path("notifications/menu/", views.menu, name="menu"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/", views.one, name="one"),
    path("notifications/follow/<slug:slug>/<int:pk>/", views.follow, name="follow"),
    path("settings/notifications/", views.choices, name="choices"),
]
