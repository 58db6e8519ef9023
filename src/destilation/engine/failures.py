"""What went wrong first where tasks fail together."""


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first failure of a group, however deep."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
