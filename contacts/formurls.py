"""Public addresses of web forms."""

from django.urls import path

from contacts.webforms.public import ConfirmPage, EmbedScript, FormPage

app_name = "webforms"
urlpatterns = [
    path("confirm/<str:token>/", ConfirmPage.as_view(), name="confirm"),
    path("<slug:slug>/", FormPage.as_view(), name="form"),
    path("<slug:slug>/embed.js", EmbedScript.as_view(), name="embed"),
]
