"""How much of something there was over time: by the second for an hour, by the minute for a week. Bounded."""

from collections import deque
from collections.abc import Iterable

HOUR_S = 3_600
WEEK_MIN = 7 * 24 * 60
MINUTE_S = 60.0
MOST_BEGUN = 100

Bucket = list[float]


class Series:
    """Amounts at times (seconds since 1970), which come in order but for a little.

    A rate is an amount a minute over a span that ends at a time, or over what has passed of it since the run began.
    """

    def __init__(self) -> None:
        self._begun: deque[float] = deque(maxlen=MOST_BEGUN)
        self._seconds: deque[Bucket] = deque(maxlen=HOUR_S)
        self._minutes: deque[Bucket] = deque(maxlen=WEEK_MIN)

    def begin(self, t: float) -> None:
        """A run begins: what came before counts for no rate after it."""
        self._begun.append(t)

    def add(self, t: float, amount: float = 1.0) -> None:
        """Count an amount."""
        if not self._begun:
            self.begin(t)
        _add(self._seconds, t, amount)
        _add(self._minutes, t / 60, amount)

    def age(self, now: float) -> float:
        """Seconds since the first run began."""
        return now - self._begun[0] if self._begun else 0.0

    def rate(self, now: float, window_s: float = MINUTE_S) -> float:
        """The rate over the last `window_s` seconds."""
        since = self._since(now)
        earliest = max(now - window_s, float(int(since)))
        total = 0.0
        for t, amount in reversed(self._seconds):
            if t < earliest:
                break
            total += amount
        return _rate(total, now - since, window_s)

    def peak(self, now: float, window_s: float | None) -> float:
        """The highest rate over a minute that there was in the last `window_s` seconds (None: at any time).

        It is never less than the rate now.
        """
        earliest = now - window_s if window_s is not None else 0.0
        highest = self.rate(now)
        for end, rate in self._rates():
            if end > earliest:
                highest = max(highest, rate)
        if window_s is None or window_s > HOUR_S:
            whole = [amount for minute, amount in self._minutes if 60 * minute >= earliest]
            highest = max(highest, *whole[:-1], 0.0)
        return highest

    def bars(self, now: float, window_s: float | None, count: int) -> list[float]:
        """The rate in each of `count` equal parts of the last `window_s` seconds (None: of all)."""
        span = window_s or max(MINUTE_S, self.age(now))
        unit, kept = (1.0, self._seconds) if span <= HOUR_S else (60.0, self._minutes)
        part = span / count
        totals = [0.0] * count
        for at, amount in kept:
            place = int((at * unit - (now - span)) / part)
            if 0 <= place < count:
                totals[place] += amount
        return [60 * total / part for total in totals]

    def _since(self, now: float) -> float:
        """When the run that was under way at a time had begun."""
        return next((t for t in reversed(self._begun) if t <= now), now)

    def _rates(self) -> Iterable[tuple[float, float]]:
        """The rate over a minute at the end of each second in which there was something."""
        recent: deque[Bucket] = deque()
        begun = deque(self._begun)
        total, since = 0.0, begun[0] if begun else 0.0
        for bucket in self._seconds:
            end = bucket[0] + 1
            while begun and begun[0] < end:
                since = begun.popleft()
            recent.append(bucket)
            total += bucket[1]
            while recent[0][0] < max(end - MINUTE_S, int(since)):
                total -= recent.popleft()[1]
            yield end, _rate(total, end - since, MINUTE_S)


def _rate(total: float, passed: float, window_s: float) -> float:
    return 60 * total / max(1.0, min(window_s, passed))


def _add(kept: deque[Bucket], at: float, amount: float) -> None:
    whole = float(int(at))
    if kept and kept[-1][0] >= whole:
        kept[-1][1] += amount
    else:
        kept.append([whole, amount])
