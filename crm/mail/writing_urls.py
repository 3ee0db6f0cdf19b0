"""Addresses of writing: the composer, the outbox, templates, sequences, what is noticed of letters."""

from __future__ import annotations

from django.urls import path

from crm.mail.views import composing, outbox, sequences, templates, tracking

writing_urls = [
    path("mail/write/", composing.WritePage.as_view(), name="write"),
    path("mail/draft/", composing.SaveDraft.as_view(), name="draft"),
    path("mail/draft/drop/", composing.DropDraft.as_view(), name="draft_drop"),
    path("mail/labels/", composing.LabelRecipients.as_view(), name="labels"),
    path("mail/suggest/", composing.SuggestRecipients.as_view(), name="suggest"),
    path("mail/preview/", composing.PreviewLetter.as_view(), name="preview"),
    path("mail/send/", composing.SendLetter.as_view(), name="send"),
    path("mail/test-mailbox/", composing.MakeTestMailbox.as_view(), name="test_mailbox"),
    path("mail/outbox/", outbox.OutboxPage.as_view(), name="outbox"),
    path("mail/outgoing/<int:pk>/back/", composing.CallBack.as_view(), name="call_back"),
    path("mail/outgoing/<int:pk>/do/<slug:act>/", outbox.OutgoingAct.as_view(), name="outgoing_act"),
    path("mail/strip/", outbox.StripPart.as_view(), name="strip"),
    path("mail/letter/<int:pk>/earlier/", outbox.EarlierLetters.as_view(), name="earlier"),
    path("mail/templates/", templates.TemplateList.as_view(), name="templates"),
    path("mail/templates/new/", templates.TemplateEdit.as_view(), name="template_new"),
    path("mail/templates/preview/", templates.TemplatePreview.as_view(), name="template_preview"),
    path("mail/templates/<int:pk>/", templates.TemplateEdit.as_view(), name="template"),
    path("mail/templates/<int:pk>/fill/", composing.FillTemplate.as_view(), name="template_fill"),
    path("mail/templates/<int:pk>/delete/", templates.TemplateDelete.as_view(), name="template_delete"),
    path("mail/sequences/", sequences.SequenceList.as_view(), name="sequences"),
    path("mail/sequences/new/", sequences.SequenceEdit.as_view(), name="sequence_new"),
    path("mail/sequences/<int:pk>/", sequences.SequencePage.as_view(), name="sequence"),
    path("mail/sequences/<int:pk>/edit/", sequences.SequenceEdit.as_view(), name="sequence_edit"),
    path("mail/enrolments/<int:pk>/do/<slug:act>/", sequences.EnrolmentAct.as_view(), name="enrolment_act"),
    path("mail/signature/", templates.SignaturePage.as_view(), name="signature"),
    path("o/<str:token>", tracking.Opened.as_view(), name="opened"),
    path("c/<str:token>", tracking.Followed.as_view(), name="followed"),
]
