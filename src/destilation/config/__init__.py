"""config.toml, environment and flags into a Job, its Template and its providers; or one error with every problem."""

from destilation.config.build import Config, load, load_templates
from destilation.config.dump import dump
from destilation.config.schema import json_schema
from destilation.config.source import Override, parse_setting

__all__ = ["Config", "Override", "dump", "json_schema", "load", "load_templates", "parse_setting"]
