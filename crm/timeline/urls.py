"""Addresses of Today, of activities, and of the parts of timelines."""

from django.urls import path

from crm.timeline.views.activities import Activities
from crm.timeline.views.acts import ActivityMenu, ActPage, ChangeActivity
from crm.timeline.views.booking import BookedTime, BookTime
from crm.timeline.views.calendar import (
    AnswerMeeting,
    CalendarEvents,
    CalendarPage,
    CallOff,
    ChangeMeeting,
    EventPage,
    MoveMeeting,
    NewMeeting,
)
from crm.timeline.views.plans import StartPlan
from crm.timeline.views.records import (
    AddActivity,
    PlanNext,
    ReadWhen,
    RecordTimeline,
    SuggestMentions,
    SuggestMentionsAgain,
)
from crm.timeline.views.settings import CalendarSettings, ReadFeed
from crm.timeline.views.todaypage import TodayPage

app_name = "timeline"
urlpatterns = [
    path("today/", TodayPage.as_view(), name="today"),
    *Activities.urls("activities"),
    path("b/<slug:slug>/", BookTime.as_view(), name="book"),
    path("b/<slug:slug>/<str:token>/", BookedTime.as_view(), name="booking"),
    path("calendar/", CalendarPage.as_view(), name="calendar"),
    path("calendar/settings/", CalendarSettings.as_view(), name="calendar_settings"),
    path("calendar/feed/<str:token>.ics", ReadFeed.as_view(), name="feed"),
    path("calendar/events/", CalendarEvents.as_view(), name="calendar_events"),
    path("calendar/new/", NewMeeting.as_view(), name="calendar_new"),
    path("calendar/<int:pk>/", EventPage.as_view(), name="calendar_event"),
    path("calendar/<int:pk>/move/", MoveMeeting.as_view(), name="calendar_move"),
    path("calendar/<int:pk>/change/", ChangeMeeting.as_view(), name="calendar_change"),
    path("calendar/<int:pk>/off/", CallOff.as_view(), name="calendar_off"),
    path("calendar/<int:pk>/answer/", AnswerMeeting.as_view(), name="calendar_answer"),
    path("activities/<int:pk>/do/change/", ChangeActivity.as_view(), name="change"),
    path("activities/<int:pk>/do/menu/", ActivityMenu.as_view(), name="menu"),
    path("activities/<int:pk>/do/mentions/", SuggestMentionsAgain.as_view(), name="activity_mentions"),
    path("activities/<int:pk>/do/<slug:act>/", ActPage.as_view(), name="act"),
    path("timeline/when/", ReadWhen.as_view(), name="when"),
    path("timeline/<slug:slug>/<int:pk>/", RecordTimeline.as_view(), name="record"),
    path("timeline/<slug:slug>/<int:pk>/add/", AddActivity.as_view(), name="add"),
    path("timeline/<slug:slug>/<int:pk>/add/plans/", StartPlan.as_view(), name="plans"),
    path("timeline/<slug:slug>/<int:pk>/mentions/", SuggestMentions.as_view(), name="mentions"),
    path("timeline/<slug:slug>/<int:pk>/plan/", PlanNext.as_view(), name="plan"),
]
