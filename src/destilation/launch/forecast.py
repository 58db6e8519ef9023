"""A forecast from the answers in a job's folder, after a pilot that adds a few: nothing of it is wasted."""

from destilation.config import Config
from destilation.core.forecast import Forecast, Seen, forecast
from destilation.errors import ConfigError
from destilation.launch.cost import answers_in
from destilation.launch.limits import limits_of
from destilation.launch.run import Report


def forecast_of(config: Config, report: Report) -> Forecast:
    """What is still missing after the pilot will take. Raises ConfigError where the pilot brought nothing."""
    answers = list(answers_in(report.folder))
    if not answers or not report.accepted:
        raise ConfigError("the pilot brought no sample, so nothing can be foretold; its report says why")
    job, providers = config.job, report.metadata.get("providers")
    asked = [int(each["requests"]) for each in providers.values()] if isinstance(providers, dict) else []
    limits = [limits_of(config.providers[share.provider], share, job.concurrency) for share in job.mix]
    rates = [limit.rpm for limit in limits]
    seen = Seen(
        seconds=[answer.seconds for answer in answers],
        tokens=[answer.tokens.into + answer.tokens.out for answer in answers],
        usd=[answer.cost_usd for answer in answers],
        accepted=report.accepted,
        requests=sum(asked) or len(answers),
        elapsed_s=float(str(report.metadata["elapsed_s"])),
    )
    told = [rate for rate in rates if rate is not None]
    return forecast(
        seen,
        max(job.target - report.accepted, 0),
        job.concurrency or sum(limit.first for limit in limits),
        sum(told) if len(told) == len(rates) else None,
    )
