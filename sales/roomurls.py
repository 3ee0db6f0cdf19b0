"""Addresses of customers' pages: nobody signs in there."""

from django.urls import path

from sales.quotes.roomviews import (
    AskPage,
    DeclinePage,
    PaperPage,
    PayPage,
    RoomPage,
    SeenPage,
    TestPayment,
    TickPage,
)

app_name = "room"
urlpatterns = [
    path("pay/test/<str:token>/", TestPayment.as_view(), name="test_payment"),
    path("<str:token>/", RoomPage.as_view(), name="room"),
    path("<str:token>/decline/", DeclinePage.as_view(), name="decline"),
    path("<str:token>/ask/", AskPage.as_view(), name="ask"),
    path("<str:token>/tick/", TickPage.as_view(), name="tick"),
    path("<str:token>/seen/", SeenPage.as_view(), name="seen"),
    path("<str:token>/pdf/", PaperPage.as_view(), name="pdf"),
    path("<str:token>/pay/<int:invoice>/", PayPage.as_view(), name="pay"),
]
