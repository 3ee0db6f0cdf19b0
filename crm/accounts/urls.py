"""Addresses of the entrance, of one's own settings, and of colleagues."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from crm.accounts.views import colleagues, entrance, factor, own, viewas

#: The sign-in library looks these up by its own names.
library = [
    path("login/", entrance.SignIn.as_view(), name="account_login"),
    path("logout/", entrance.SignOut.as_view(), name="account_logout"),
    path("inactive/", entrance.SwitchedOff.as_view(), name="account_inactive"),
    path("reauthenticate/", entrance.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("password/change/", entrance.ChangePassword.as_view(), name="account_change_password"),
    path("password/reset/", entrance.AskReset.as_view(), name="account_reset_password"),
    path("password/reset/done/", entrance.ResetSent.as_view(), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.ChooseNew.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        entrance.ResetDone.as_view(),
        name="account_reset_password_from_key_done",
    ),
    path("language/", set_language, name="set_language"),
    path("factor/", RedirectView.as_view(pattern_name="accounts:security"), name="mfa_index"),
    path("factor/ask/", factor.AskCode.as_view(), name="mfa_authenticate"),
    path("factor/again/", factor.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("factor/set-up/", factor.SetUp.as_view(), name="mfa_activate_totp"),
    path("factor/remove/", factor.Remove.as_view(), name="mfa_deactivate_totp"),
    path("factor/codes/", factor.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("factor/codes/new/", factor.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
]

ours = [
    path("accounts/invitation/<str:token>/", entrance.accept_invitation, name="accept_invitation"),
    path("accounts/photo/<int:pk>/", own.photo, name="photo"),
    path("accounts/logo/", own.logo, name="logo"),
    path("settings/", own.profile, name="profile"),
    path("settings/look/", own.look, name="look"),
    path("settings/security/", own.security, name="security"),
    path("settings/security/sign-out-elsewhere/", own.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("accounts/factor/name/", factor.rename, name="factor_name"),
    path("accounts/view-as/<int:pk>/", viewas.start, name="view_as"),
    path("accounts/view-as/stop/", viewas.stop, name="view_as_stop"),
    path("settings/security/sessions/<int:pk>/end/", own.end_session, name="end_session"),
    path("settings/tokens/", own.token_list, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", own.revoke_token, name="revoke_token"),
    path("settings/team/", colleagues.team, name="team"),
    path("settings/team/invite/", colleagues.invite, name="invite"),
    path("settings/team/invite/<int:pk>/resend/", colleagues.resend, name="resend"),
    path("settings/team/invite/<int:pk>/withdraw/", colleagues.withdraw, name="withdraw"),
    path("settings/first-run/demo/", colleagues.start_demo, name="start_demo"),
    path("settings/first-run/hide/", colleagues.hide_first_run, name="hide_first_run"),
]

urlpatterns = [path("accounts/", include(library)), path("", include((ours, "accounts")))]
