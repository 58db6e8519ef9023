"""config.toml, environment and flags into a Job, its Template and its providers; or one error with every problem."""

from destilation.config.build import Config, load, load_templates
from destilation.config.dump import dump
from destilation.config.schema import json_schema
from destilation.config.source import Override, parse_setting
from destilation.config.stages import ALL_SEEDS
from destilation.config.ui import Hooks, Ui, load_ui

__all__ = [
    "ALL_SEEDS", "Config", "Hooks", "Override", "Ui", "dump", "json_schema", "load", "load_templates", "load_ui",
    "parse_setting",
]  # fmt: skip
