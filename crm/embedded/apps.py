from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "crm.embedded"
    label = "embedded"
    verbose_name = "Installation"
