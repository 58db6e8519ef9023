"""The keys of the dashboard: which action each is, and what it does in words."""

KEYS: tuple[tuple[str, str, str], ...] = (
    ("1", "view('overview')", "Overview"),
    ("2", "view('samples')", "Samples"),
    ("3", "view('rejections')", "Rejections"),
    ("4", "view('providers')", "Providers"),
    ("5", "view('log')", "Log"),
    ("escape", "out", "Back"),
    ("slash", "filter", "Filter"),
    ("l", "level", "Level of events"),
    ("f", "follow", "Follow"),
    ("n", "failure(1)", "Next failure"),
    ("N", "failure(-1)", "Previous failure"),
    ("left_square_bracket", "window(-1)", "Shorter span"),
    ("right_square_bracket", "window(1)", "Longer span"),
    ("z", "zoom", "Zoom"),
    ("s", "swap", "Events or newest samples"),
    ("p", "pause", "Pause or resume the job"),
    ("plus", "concurrency(1)", "More requests in flight"),
    ("minus", "concurrency(-1)", "Fewer requests in flight"),
    ("t", "target", "Change the target"),
    ("b", "budget", "Change the budget"),
    ("r", "retire", "Retire or restore the provider"),
    ("less_than_sign", "share(-1)", "Smaller share"),
    ("greater_than_sign", "share(1)", "Larger share"),
    ("c", "copy", "Copy the line"),
    ("e", "edit", "Open the line in the editor"),
    ("x", "export", "Export the samples"),
    ("R", "report", "Write the report"),
    ("d", "detach", "Detach"),
    ("q", "leave", "Quit"),
    ("ctrl+c", "stop", "Stop the job"),
    ("question_mark", "help", "Keys"),
)


def next_concurrency(now: int, by: int) -> int:
    """A quarter more or fewer, by one at least, and never none."""
    step = max(1, now // 4)
    return max(1, now + step * by)
