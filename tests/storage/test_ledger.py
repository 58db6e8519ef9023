"""What the files say of their tasks: sets of answers, and the same whether lines are read or written."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from destilation.storage.ledger import Answered, Attempts, Ledger
from destilation.storage.records import StoredAnswer, StoredRejection, Tokens, encode_line

PAIRS = st.sets(st.tuples(st.integers(1, 12), st.integers(1, 70)), max_size=20)


def of(pairs: set[tuple[int, int]]) -> Attempts:
    """The set of these."""
    attempts = Attempts()
    for task, attempt in pairs:
        attempts.add(task, attempt)
    return attempts


@given(PAIRS, PAIRS)
def test_attempts_are_a_set(one: set[tuple[int, int]], other: set[tuple[int, int]]) -> None:
    """Members, inclusion and the way through bytes are those of a set whose attempts end at the 64th."""
    ours, theirs = ({(task, min(attempt, 64)) for task, attempt in pairs} for pairs in (one, other))
    assert of(one).within(of(other)) == (ours <= theirs)
    assert of(one).within(of(one | other))
    back = Attempts(bytes(of(one)))
    assert len(back) == max((task for task, _ in one), default=0)
    assert all((pair in back) == (pair in ours) for pair in ours | theirs)


def answer(task: int, attempt: int) -> StoredAnswer:
    """An answer of a few tokens."""
    return StoredAnswer(
        task=task, attempt=attempt, provider="p", model="m", dialect="d", mode="prompt", t="", seconds=1.0,
        finish_reason="stop", tokens=Tokens(7, 3, 1), cost_usd=0.001, parameters={}, body=Raw(b"{}"),
    )  # fmt: skip


def refusal(task: int, attempt: int, *, final: bool) -> StoredRejection:
    """A refusal of such an answer."""
    return StoredRejection(
        task=task, attempt=attempt, provider="p", model="m", layer="structural", codes=("not_json",), reasons=("r",),
        final=final, t="",
    )  # fmt: skip


def test_what_is_written_is_known_until_its_task_is_settled() -> None:
    """An answer is found as it was written while its task is open; one that was read, or settled, is not."""
    ledger, written = Ledger(lambda _: None), [answer(1, 1), answer(1, 2), answer(2, 1)]
    for each in written:
        ledger.answer(each, encode_line(each))
    ledger.refusal(refusal(1, 1, final=False), b"")
    assert [ledger.written(each.task, each.attempt) for each in written] == written
    line = encode_line(answer(3, 1))
    ledger.answer(msgspec.json.decode(line, type=Answered), line)
    assert ledger.written(3, 1) is None
    ledger.refusal(refusal(1, 2, final=True), b"")
    assert [ledger.written(each.task, each.attempt) for each in written] == [None, None, written[2]]


def test_written_or_read_is_the_same() -> None:
    """The facts, the state and what is recovered of answers do not tell whether they were written or read."""
    told: list[tuple[list[object], object, object]] = []
    for read in (False, True):
        facts: list[object] = []
        ledger = Ledger(facts.append)
        for each in (answer(1, 1), answer(3, 1)):
            line = encode_line(each)
            ledger.answer(msgspec.json.decode(line, type=Answered) if read else each, line)
        told.append((facts, ledger.state, ledger.recovered(0).unsettled))
    assert told[0] == told[1]
