"""Progress while a job runs: one line that is drawn again on a terminal, a line now and then elsewhere."""

import os
import shutil
import time
from typing import TextIO

from destilation.config import ALL_SEEDS, Config
from destilation.core.display import desktop_notice, display_safe
from destilation.core.progress import Progress

FIRST_MINUTE_S, LATER_S = 5.0, 30.0


class Live:
    """Draws a Progress about once a second on a stream whose writes do not fail (`cli/streams.py`)."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._drawn = is_screen(stream)
        self._began = time.monotonic()
        self._last = 0.0
        self._line = False
        self._told: dict[str, str] = {}

    def start(self, config: Config) -> None:
        """Say what begins."""
        job = config.job
        mix = ", ".join(display_safe(share.label, 60) for share in job.mix)
        target = "all that the seeds give" if job.target == ALL_SEEDS else job.target
        self._say(f"{_clock()} start   {job.name} target={target} template={job.template} mix={mix}")

    def show(self, progress: Progress, now: float) -> None:
        """Draw, if it is time to."""
        self._warn(progress)
        seconds = time.monotonic() - self._began
        if self._drawn:
            width = shutil.get_terminal_size().columns
            self._put(f"\r\x1b[2K{_bar_line(progress, now, seconds)[: width - 1]}")
            self._line = True
        elif seconds - self._last >= (FIRST_MINUTE_S if seconds < 60 else LATER_S):
            self._last = seconds
            self._say(f"{_clock()} run     {_plain_line(progress, now)}")

    def end(self) -> None:
        """Leave the line as it is drawn last."""
        if self._line:
            self._put("\n")
            self._line = False

    def call_user(self, way: str, state: str) -> None:
        """Have somebody notice the end who looks at something else: "bell" or "desktop"."""
        if self._drawn and way in ("bell", "desktop"):
            words = f"{self._name}: {state.replace('_', ' ')}"
            self._put("\a" if way == "bell" else desktop_notice(words))

    def _warn(self, progress: Progress) -> None:
        for label, provider in progress.providers.items():
            name = display_safe(label, 60)
            if provider.retired is not None:
                self._tell(label, f"{name} is not asked any more: {display_safe(provider.retired, 300)}")
            elif provider.suspended is not None:
                self._tell(label, f"{name} is only probed until it answers: {display_safe(provider.suspended, 300)}")
            elif label in self._told:
                self._tell(label, f"{name} answers again")
        if progress.budget_used is not None:
            self._tell("", f"{100 * progress.budget_used:.0f}% of what may be spent is spent")

    def _tell(self, about: str, what: str) -> None:
        """Say what has changed about something, once."""
        if self._told.get(about) != what:
            self._told[about] = what
            self._say(f"{_clock()} warn    {what}")

    def _say(self, line: str) -> None:
        self._put(f"\r\x1b[2K{line}\n" if self._line else f"{line}\n")
        self._line = False

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def is_screen(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can be drawn on."""
    plain = os.environ.get("TERM") == "dumb" or os.environ.get("CI")
    return not plain and stream.isatty()


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def rate_words(progress: Progress) -> str:
    """The share of answers that were accepted, in per cent; a dash before the first."""
    judged = progress.accepted + progress.rejections
    return f"{100 * progress.accepted / judged:.1f}%" if judged else "-"


def eta_words(progress: Progress, now: float) -> str:
    """How long the rest will take at the present throughput."""
    rate = progress.throughput(now)
    left = progress.target - progress.accepted
    return duration_words(60 * left / rate) if rate > 0 else "-"


def duration_words(seconds: float) -> str:
    """Seconds as people say them: `41s`, `12m 05s`, `3h 20m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def _plain_line(progress: Progress, now: float) -> str:
    share = 100 * progress.accepted / max(progress.target, 1)
    return (
        f"{progress.accepted}/{progress.target} {share:.1f}% {progress.throughput(now):.0f}/min "
        f"pass={rate_words(progress)} cost=${progress.cost_usd:.2f} eta={eta_words(progress, now)} "
        f"inflight={progress.in_flight} rejected={progress.rejections}"
    )


def _bar_line(progress: Progress, now: float, seconds: float) -> str:
    full = 24 * min(progress.accepted, progress.target) // max(progress.target, 1)
    return (
        f" {'━' * full}{'╌' * (24 - full)} {progress.accepted:,}/{progress.target:,}  "
        f"{progress.throughput(now):,.0f}/min  pass {rate_words(progress)}  in flight {progress.in_flight}  "
        f"${progress.cost_usd:.2f}  {duration_words(seconds)}  eta {eta_words(progress, now)}"
    )
