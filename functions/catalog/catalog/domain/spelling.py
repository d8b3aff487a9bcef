"""Small slips in words: a letter too many, too few, another one, or two the wrong way round.

Two words that are one slip apart share a word that both become when one letter is taken out of them, or are that
word. So the words that somebody may have meant are found by looking up a few exact keys, whatever the vocabulary's
size (symmetric deletes).
"""

from collections.abc import Iterable

MIN_LETTERS = 4  # of a word that is corrected: shorter ones are too close to each other
TWO_SLIPS = 8  # letters, from which on two slips are taken for one word


def slips(word: str) -> frozenset[str]:
    """The word itself, and what is left of it when any one letter is taken out."""
    return frozenset((word, *(word[:index] + word[index + 1 :] for index in range(len(word)))))


def correctable(word: str) -> bool:
    """Whether it is long enough, and a word: numbers and SKUs are right or wrong."""
    return len(word) >= MIN_LETTERS and word.isalpha()


def distance(left: str, right: str) -> int:
    """How many slips lead from one word to the other (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, one in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (one != other))
            if row > 1 and column > 1 and one == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]


def closest(word: str, candidates: Iterable[tuple[str, int]], limit: int) -> tuple[str, ...]:
    """Of (word, uses), those fewest slips away, the most used first; none when all are too far."""
    allowed = 2 if len(word) >= TWO_SLIPS else 1
    near = sorted((distance(word, other), -uses, other) for other, uses in candidates)
    if not near or near[0][0] > allowed:
        return ()
    return tuple(other for far, _, other in near if far == near[0][0])[:limit]
