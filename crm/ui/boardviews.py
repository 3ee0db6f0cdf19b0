"""The pages of a board: the board, more cards, a move, others' moves."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.records.drafts import ErrorNote, RecordErrors
from crm.records.fields import fields_of
from crm.ui.boards import MANY_CHANGES, Board, BoardColumn, BoardQuery, attname
from crm.ui.conditions.panel import conditions_context
from crm.ui.feedback import toast, trigger, undo_url
from crm.ui.filterpanel import panel_context
from crm.ui.pages import RecordPage
from crm.ui.states import ListState


class BoardPage(RecordPage):
    """``board/``: the whole board."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.GET.get("panel") == "filters":
            return self.show("ui/list/filters.html", panel_context(self.state, "board"))
        if request.GET.get("panel") == "conditions":
            return self.show("ui/list/conditions.html", conditions_context(self.state, "board"))
        if self.state.is_untidy and not self.is_fragment:
            return HttpResponseRedirect(self.state.url_with(what="board"))
        lanes = self.query.lanes()
        total = sum(lane.head.count for lane in lanes)
        context = {
            **self.common(),
            **self.tool_context(),
            "lanes": lanes,
            "total_count": total,
            "is_blank": not total and not self.state.filters.active and not self.state.rows().exists(),
            "may_import": self.access.can(self.model, "import"),
            "targets": [column for column in self.query.columns if not column.is_open],
            "chips": self.chips(),
            "toolbar": self.board.toolbar(request),
        }
        if self.is_fragment and request.headers.get("HX-Target") == "board":
            return self.show("ui/board.html#board", context)
        return self.show("ui/board.html", context)

    def common(self) -> dict[str, Any]:
        """Return what the board and each part of it need; the state goes along in every address."""
        query = self.state.query_with()
        since = f"since={quote(self.at.isoformat())}"
        return {
            "board": self.board,
            "state": self.state,
            "may_add": self.access.can(self.model, "add"),
            "may_move": self.access.can(self.model, "change"),
            "quick_url": self.views.url("quick"),
            "here_url": self.state.url_with(what="board"),
            "move_url": f"{self.views.url('move')}?{query}",
            "column_url": f"{self.views.url('column')}?{query}&" if query else f"{self.views.url('column')}?",
            "changes_url": f"{self.views.url('changes')}?{query}&{since}",
        }

    def tool_context(self) -> dict[str, Any]:
        """Return the addresses of the toolbar."""
        query = self.state.query_with()
        pairs = QueryDict(query).lists()
        return {
            "new_url": self.views.url("new"),
            "import_url": f"{self.views.url('list')}import/",
            "board_url": self.views.url("board"),
            "list_url": self.state.url_with(),
            "q_hidden": [(key, value) for key, values in pairs for value in values if key != "q"],
            "filters_src": f"{self.views.url('board')}?panel=filters&{query}",
            "conditions_src": f"{self.views.url('board')}?panel=conditions&{query}",
            "clear_url": self.state.url_with(dict.fromkeys(self.state.filters.filters), what="board"),
        }

    @property
    def board(self) -> Board:
        if self.views.board is None:
            raise Http404
        return self.views.board

    @cached_property
    def state(self) -> ListState:
        query = self.request.GET.copy()
        for key in ("panel", "since", "seen", "value", "after"):
            query.pop(key, None)
        return ListState(self.views, self.request.user, query, self.at)

    @cached_property
    def query(self) -> BoardQuery:
        return BoardQuery(self.board, self.state, self.request, Organisation.load().base_currency)

    def chips(self) -> list[dict[str, Any]]:
        url = self.state.url_with
        return [
            {"chip": chip, "url": url({chip.name: chip.left}, what="board")}
            for chip in self.state.filters.chips()
        ]

    def parts(self, ids: list[int]) -> dict[str, Any]:
        """Return what the page needs to show that these records changed."""
        cards = self.query.on_board(ids)
        placed = [(self.query.column_of(card.record), card) for card in cards]
        shown = {card.record.pk for card in cards}
        seen = ",".join(f"{card.record.pk}.{card.record.version}" for card in cards)
        common, heads = self.common(), self.query.heads()
        return {
            **common,
            "changes_url": f"{common['changes_url']}&seen={seen}",
            "heads": heads,
            "total_count": sum(head.count for head in heads),
            "cards": [
                (column, card, self.query.above(card)) for column, card in placed if column is not None
            ],
            "gone": [pk for pk in ids if pk not in shown],
        }


class ColumnPage(BoardPage):
    """``column/?value=3&after=…``: further cards of one column."""

    def get(self, request: HttpRequest) -> HttpResponse:
        lane = self.query.lane(request.GET.get("value", ""), request.GET.get("after", ""))
        if lane is None:
            raise Http404
        return self.show("ui/board/cards.html", {**self.common(), "lane": lane})


class ChangesPage(BoardPage):
    """``changes/?since=…``: what others did meanwhile; 204 when nothing."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            since = parse_datetime(request.GET.get("since", ""))
        except ValueError:
            since = None
        if since is None or timezone.is_naive(since):
            raise Http404
        ids = self.query.since(since, set(request.GET.get("seen", "").split(",")))
        if not ids:
            return HttpResponse(status=204)
        if len(ids) > MANY_CHANGES:
            return self.show("ui/board/stale.html", self.common())
        return self.show("ui/board/changes.html", self.parts(ids))


class MovePage(BoardPage):
    """``board/move/``: a drop. Says no with a reason, or asks for what the column requires."""

    def get(self, request: HttpRequest) -> HttpResponse:
        raise Http404

    def post(self, request: HttpRequest) -> HttpResponse:
        record = self.get_record(self.number("id") or 0)
        column = self.query.column(request.POST.get("to", ""))
        if column is None:
            raise Http404
        if not self.access.can(self.model, "change", record):
            return self.refuse(_("You may not change this record."))
        wanted, problem = self.wanted(record, column)
        if problem is not None:
            return self.ask(record, column, problem)
        is_move = getattr(record, attname(self.model, self.board.by)) != column.value
        try:
            with transaction.atomic():
                if is_move:
                    self.views.service().update([record], wanted, actor=self.actor, at=self.at, via="board")
                # Above the card is the one that the browser calls "before".
                self.query.put(record, column.value, self.number("before"), self.number("after"))
        except RecordErrors as refused:
            return self.answer_refusal(record, column, refused)
        return self.moved(record, column, is_move=is_move)

    def moved(self, record: Any, column: BoardColumn, *, is_move: bool) -> HttpResponse:
        """Answer the card anew with the heads; after a dialog the board reloads itself."""
        request = self.request
        if request.POST.getlist("fields"):
            response = trigger(HttpResponse(status=204), "recordsChanged", {})
        else:
            response = self.show("ui/board/moved.html", self.parts([record.pk]))
        if not is_move:
            return response
        text = _("%(record)s: %(column)s.") % {"record": record, "column": column.label}
        return toast(request, response, text, undo=undo_url(record, request.user))

    def number(self, name: str) -> int | None:
        text = self.request.POST.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 19 else None

    def wanted(self, record: Any, column: BoardColumn) -> tuple[dict[str, Any], Any]:
        """Return what to write: the column, and what the dialog asked for; or the form as it failed."""
        wanted = {self.board.by: column.value}
        names = [name for name in self.request.POST.getlist("fields") if name in fields_of(self.model)]
        if not names:
            return wanted, None
        form = self.views.form(self.request.POST, user=self.request.user, record=record, names=names)
        if not form.is_valid():
            return wanted, form
        return wanted | {name: form.cleaned_data[name] for name in form.fields}, None

    def answer_refusal(self, record: Any, column: BoardColumn, refused: RecordErrors) -> HttpResponse:
        """Ask for what is missing when that would help, else say why."""
        if refused.is_forbidden:
            return self.refuse("; ".join(messages(refused.errors)))
        known = fields_of(self.model)
        asked = [
            name
            for name in refused.errors
            if name in known and known[name].writable and name != self.board.by
        ]
        more = [extra for name in asked for extra in self.board.beside.get(name, ())]
        names = list(dict.fromkeys([*self.request.POST.getlist("fields"), *asked, *more]))
        if not asked:
            return self.refuse("; ".join(messages(refused.errors)))
        data = self.request.POST if self.request.POST.getlist("fields") else None
        form = self.views.form(data, user=self.request.user, record=record, names=names)
        if data is not None and form.is_valid():
            form.take(refused.errors)
        for name in asked:
            form.fields[name].required = True
        rest = {name: notes for name, notes in refused.errors.items() if name not in form.fields}
        return self.ask(record, column, form, messages(rest))

    def ask(
        self, record: Any, column: BoardColumn, form: Any, notes: list[str] | None = None
    ) -> HttpResponse:
        """Open the dialog that completes the move."""
        context = {
            "record": record,
            "column": column,
            "form": form,
            "notes": notes or [],
            "url": self.request.get_full_path(),
            "hidden": [(name, self.request.POST.get(name, "")) for name in ("id", "to", "before", "after")],
        }
        response = self.show("ui/board/fix.html", context, status=422)
        response.headers["HX-Retarget"] = "#dialog"
        response.headers["HX-Reswap"] = "innerHTML"
        return response

    def refuse(self, text: str) -> HttpResponse:
        """Return the card and say why."""
        response = HttpResponse(status=409)
        return toast(self.request, response, text, tone="danger")


def messages(errors: dict[str, list[ErrorNote]]) -> list[str]:
    """Return what was said, each once."""
    return list(dict.fromkeys(note.message for notes in errors.values() for note in notes))
