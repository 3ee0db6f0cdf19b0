from importlib import import_module

from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "crm.embedded"
    label = "embedded"
    verbose_name = "Installation"

    def ready(self) -> None:
        # The queue must know its broker before anybody hands it work.
        import_module("crm.celery")
