"""The dataset folder of a job: where it is, whether it is this job's, and what its lines must look like."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from destilation.config import Config, load
from destilation.core.schema import faults
from destilation.core.template import Template
from destilation.errors import ConfigError, FolderMismatchError


def folder_of(config: Config) -> Path:
    """`out/name` of the job, absolute."""
    return (Path(config.job.out).expanduser() / config.job.name).absolute()


def check_identity(folder: Path, config: Config) -> None:
    """Raises FolderMismatchError when the folder was made with another template or domain."""
    job_file = folder / "job.toml"
    if not job_file.is_file():
        return
    try:
        made = load(job_file, env={})
    except ConfigError:
        return  # not ours to mend: the samples themselves are checked against the template
    differences = []
    if made.template.id != config.template.id:
        differences.append(f'template "{made.template.id}"; this job is "{config.template.id}"')
    elif made.template.digest != config.template.digest:
        differences.append(f'template "{made.template.id}" with other fields')
    if made.job.domain != config.job.domain:
        differences.append(f'domain "{made.job.domain[:80]}"; this job is about "{config.job.domain[:80]}"')
    if differences:
        held = " and ".join(differences)
        raise FolderMismatchError(f"{folder} holds {held}.  help: another --out or --name, or --accept-change")


def line_fault(template: Template, record: Mapping[str, Any]) -> str | None:
    """What keeps a line of `samples.jsonl` from being a record of the template; None when nothing does."""
    found = faults(record, template.sample_fields)
    return found[0].text if found else None
