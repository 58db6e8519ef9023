"""Numbers, spans of time and shares as the panels write them."""

FULL, EMPTY = "━", "╌"


def bar(share: float, width: int) -> str:
    """A share (0 to 1) as a line of `width` cells: filled and empty differ in more than colour."""
    full = round(max(0.0, min(share, 1.0)) * width)
    return FULL * full + EMPTY * (width - full)


def clock_words(seconds: float) -> str:
    """A span as `00:12:40`; days before it where there are any."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    words = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{days}d {words}" if days else words


def short(number: float) -> str:
    """A number in at most five characters: `950`, `4.4k`, `12M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            part = number / size
            return f"{part:.1f}{unit}" if part < 10 else f"{part:,.0f}{unit}"
    return f"{number:.0f}"


def usd(amount: float) -> str:
    """US dollars, with more places where they are few."""
    return f"${amount:,.2f}" if amount >= 0.1 or amount == 0 else f"${amount:.4f}"


def seconds_words(seconds: float) -> str:
    """A latency: `80 ms`, `2.4 s`, `125 s`."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def percent(part: float, whole: float, places: int = 1) -> str:
    """A share in per cent; a dash of nothing."""
    return f"{100 * part / whole:.{places}f}%" if whole else "-"
