"""What other services may ask of notifications."""

from minishop.http import Api
from minishop.schemas import ExportAnswer
from notifications.schemas import NotificationAnswer, PreferencesAnswer
from notifications.use_cases import telling
from notifications.use_cases import wishes as use_cases
from notifications.wiring import log, wishes

AUTH = frozenset({"auth-api"})

api = Api("notifications")


@api.get("/internal/exports/notifications/{person}", callers=AUTH)
def export_notifications(person: str) -> ExportAnswer[NotificationAnswer]:
    """What a customer was told, newest first."""
    found, complete = telling.export_notifications(log(), person)
    return ExportAnswer[NotificationAnswer].of(map(NotificationAnswer.of, found), complete=complete)


@api.get("/internal/exports/notification-preferences/{person}", callers=AUTH)
def export_preferences(person: str) -> PreferencesAnswer:
    """What a customer wants to hear of what is not mandatory."""
    return PreferencesAnswer.of(use_cases.list_changed(wishes(), person))


handler = api.handler
